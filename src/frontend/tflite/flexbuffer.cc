#include "frontend/tflite/flexbuffer.h"

#include <bit>
#include <cstring>

namespace hone::tflite::flexbuffer {
namespace {

constexpr uint64_t kMaxEntries = 1 << 12;

enum Type : uint8_t {
  kInt = 1,
  kUint = 2,
  kFloat = 3,
  kIndirectInt = 6,
  kIndirectUint = 7,
  kIndirectFloat = 8,
  kMap = 9,
  kBool = 26,
};

double signed_of(uint64_t bits, uint64_t width) {
  const auto unused = static_cast<int>(64 - 8 * width);
  return static_cast<double>(static_cast<int64_t>(bits << unused) >> unused);
}

double float_of(uint64_t bits, uint64_t width) {
  if (width == 8) return std::bit_cast<double>(bits);
  if (width == 4) return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)));
  return 0;  // of 16 bits: nobody writes them
}

}  // namespace

// The file ends in the root: its value, a byte with its type, a byte with the value's width. Before
// a map's values stand the offset and width of its keys, and their number; behind them their types.
Map::Map(Bytes file) : file_(file) {
  const auto end = static_cast<uint64_t>(file.size());
  if (end < 3) return;
  const auto root_width = std::to_integer<uint64_t>(file[end - 1]);
  const auto packed = std::to_integer<uint8_t>(file[end - 2]);
  if (packed >> 2 != kMap || root_width > end - 2) return;
  const auto values = follow(end - 2 - root_width, root_width);
  width_ = uint64_t{1} << (packed & 3);
  if (!values || *values < 3 * width_) return;
  values_ = *values;
  const auto keys = follow(values_ - 3 * width_, width_);
  const auto keys_width = read(values_ - 2 * width_, width_);
  const auto count = read(values_ - width_, width_);
  if (!keys || !keys_width || !count || *count > kMaxEntries) return;
  keys_ = *keys;
  keys_width_ = *keys_width;
  count_ = *count;
}

std::optional<double> Map::number(std::string_view name) const {
  for (uint64_t i = 0; i < count_; ++i) {
    if (key(i) == name) return value(i);
  }
  return {};
}

std::optional<uint64_t> Map::read(uint64_t at, uint64_t width) const {
  const auto size = static_cast<uint64_t>(file_.size());
  if ((width != 1 && width != 2 && width != 4 && width != 8) || width > size || at > size - width) {
    return {};
  }
  uint64_t bits = 0;
  std::memcpy(&bits, file_.data() + at, width);
  return bits;
}

std::optional<uint64_t> Map::follow(uint64_t at, uint64_t width) const {
  const auto back = read(at, width);
  if (!back || *back > at) return {};
  return at - *back;
}

std::optional<std::string_view> Map::key(uint64_t i) const {
  const auto at = follow(keys_ + i * keys_width_, keys_width_);
  if (!at) return {};
  const char* text = reinterpret_cast<const char*>(file_.data()) + *at;
  const size_t left = file_.size() - *at;
  const void* end = std::memchr(text, 0, left);
  if (end == nullptr) return {};
  return std::string_view(text, static_cast<size_t>(static_cast<const char*>(end) - text));
}

std::optional<double> Map::value(uint64_t i) const {
  const auto packed = read(values_ + count_ * width_ + i, 1);
  if (!packed) return {};
  const uint64_t at = values_ + i * width_;
  const auto type = static_cast<uint8_t>(*packed >> 2);
  if (type != kIndirectInt && type != kIndirectUint && type != kIndirectFloat) {
    return number_at(at, width_, type);
  }
  const auto target = follow(at, width_);
  if (!target) return {};
  return number_at(*target, uint64_t{1} << (*packed & 3), static_cast<uint8_t>(type - 5));
}

std::optional<double> Map::number_at(uint64_t at, uint64_t width, uint8_t type) const {
  const auto bits = read(at, width);
  if (!bits) return {};
  if (type == kInt) return signed_of(*bits, width);
  if (type == kUint || type == kBool) return static_cast<double>(*bits);
  if (type == kFloat) return float_of(*bits, width);
  return {};
}

}  // namespace hone::tflite::flexbuffer
