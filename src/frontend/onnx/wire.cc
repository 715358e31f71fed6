#include "frontend/onnx/wire.h"

#include <bit>

namespace hone::onnx {
namespace {

constexpr int kMaxVarintBytes = 10;
constexpr uint64_t kMaxField = (1u << 29) - 1;

}  // namespace

bool VarintReader::read(uint64_t& value) {
  value = 0;
  for (int i = 0; i < kMaxVarintBytes && position_ < bytes_.size(); ++i) {
    const auto byte = std::to_integer<uint64_t>(bytes_[position_++]);
    value |= (byte & 0x7f) << 7 * i;
    if (byte < 0x80) return true;
  }
  return false;
}

bool WireReader::next() {
  if (!ok_ || position_ == message_.size()) return false;
  VarintReader varints(message_.subspan(position_));
  uint64_t tag = 0;
  bool whole = varints.read(tag);
  const uint64_t type = tag & 7;
  field_ = static_cast<uint32_t>(tag >> 3 & kMaxField);
  if (whole && (field_ == 0 || tag >> 3 > kMaxField || type > 5 || type == 3 || type == 4)) {
    fail(Code::corrupt, cat("at byte ", position_, " of ", message_.size(),
                            " there is no field of a protobuf message; the file is damaged or is "
                            "not an ONNX file"));
    return false;
  }
  type_ = static_cast<WireType>(type);
  bytes_ = {};
  number_ = 0;
  if (type_ == WireType::varint || type_ == WireType::bytes) whole = whole && varints.read(number_);
  const Bytes rest = message_.subspan(position_ + varints.position());
  uint64_t size = type_ == WireType::fixed64 ? 8 : type_ == WireType::fixed32 ? 4 : 0;
  if (type_ == WireType::bytes) size = number_;
  if (!whole || size > rest.size()) {
    cut_short();
    return false;
  }
  bytes_ = rest.first(size);
  if (type_ == WireType::fixed64 || type_ == WireType::fixed32) {
    std::memcpy(&number_, bytes_.data(), bytes_.size());
  }
  position_ = message_.size() - rest.size() + size;
  return true;
}

void WireReader::cut_short() {
  fail(Code::corrupt,
       cat("field ", field_, " at byte ", position_, " does not end within the ", message_.size(),
           " bytes of its message; the file is cut short or damaged"));
}

bool WireReader::expect(WireType type) {
  if (type_ == type) return ok_;
  fail(Code::corrupt,
       cat("field ", field_, " has the wire type ", static_cast<int>(type_), " instead of ",
           static_cast<int>(type), "; the file is damaged or is not an ONNX file"));
  return false;
}

int64_t WireReader::integer() {
  return expect(WireType::varint) ? static_cast<int64_t>(number_) : 0;
}

int32_t WireReader::integer32() { return static_cast<int32_t>(integer()); }

float WireReader::f32() {
  return expect(WireType::fixed32) ? std::bit_cast<float>(static_cast<uint32_t>(number_)) : 0.0f;
}

double WireReader::f64() {
  return expect(WireType::fixed64) ? std::bit_cast<double>(number_) : 0.0;
}

Bytes WireReader::bytes() { return expect(WireType::bytes) ? bytes_ : Bytes(); }

void WireReader::append_integers(std::vector<int64_t>& out, size_t limit) {
  const auto add = [&](uint64_t value) {
    if (out.size() < limit) {
      out.push_back(static_cast<int64_t>(value));
    } else {
      fail(Code::limit_exceeded, cat("field ", field_, " has more than ", limit, " numbers"));
    }
  };
  if (type_ == WireType::varint) return add(number_);
  VarintReader varints(bytes());
  uint64_t value = 0;
  while (ok_ && !varints.done()) {
    if (!varints.read(value)) return cut_short();
    add(value);
  }
}

void WireReader::append_floats(std::vector<float>& out, size_t limit) {
  const PackedView<float> floats(numbers(WireType::fixed32));
  if (bytes_.size() % sizeof(float) != 0) return cut_short();
  if (!ok_) return;
  if (floats.size() > limit - std::min(limit, out.size())) {
    return fail(Code::limit_exceeded, cat("field ", field_, " has more than ", limit, " numbers"));
  }
  for (const float value : floats) out.push_back(value);
}

void WireReader::fail(Code code, std::string message) {
  if (!ok_) return;
  ok_ = false;
  error_ = Error{code, std::move(message), {}};
}

Status WireReader::status() const {
  if (ok_) return {};
  return std::unexpected(error_);
}

}  // namespace hone::onnx
