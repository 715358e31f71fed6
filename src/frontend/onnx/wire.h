// WireReader: the fields of one protobuf message, in the order of the file, without copying them.
// Source: protobuf's encoding guide (varints, tags, packed fields; groups are not in ONNX).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace hone::onnx {

enum class WireType : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

//   WireReader reader(message);
//   while (reader.next()) {
//     if (reader.field() == field::NodeProto::name) name = reader.text();
//   }
//   HONE_RETURN_IF_ERROR(reader.status());
// A field that nobody asks for is passed over. After the first error next() is false and every read
// gives zeros. A field of another type than asked for is an error. Views point into the source.
class WireReader {
 public:
  explicit WireReader(Bytes message) : message_(message) {}

  bool next();
  uint32_t field() const { return field_; }
  WireType type() const { return type_; }

  // The field's value; ask once and as its type.
  int64_t integer();
  int32_t integer32();  // as protobuf does, the low half of the varint
  float f32();
  double f64();
  Bytes bytes();
  std::string_view text() { return as_text(bytes()); }
  // The bytes of numbers of fixed size, packed or one to a field of type `single`.
  Bytes numbers(WireType single) { return type_ == single ? bytes_ : bytes(); }

  // Elements of a repeated number, packed or one to a field. At most `limit` may come together in
  // `out`.
  void append_integers(std::vector<int64_t>& out, size_t limit);
  void append_floats(std::vector<float>& out, size_t limit);

  // Records an error of the caller's, unless one stands already.
  void fail(Code code, std::string message);
  bool ok() const { return ok_; }
  Status status() const;

 private:
  bool expect(WireType type);
  void cut_short();

  Bytes message_;
  size_t position_ = 0;
  uint32_t field_ = 0;
  WireType type_ = WireType::varint;
  uint64_t number_ = 0;  // of a varint or fixed field
  Bytes bytes_;          // of a length-delimited field
  bool ok_ = true;
  Error error_;
};

// Varints one after the other, as packed fields hold them.
class VarintReader {
 public:
  explicit VarintReader(Bytes bytes) : bytes_(bytes) {}
  bool done() const { return position_ == bytes_.size(); }
  // False if the bytes end within the number or it is longer than ten bytes.
  bool read(uint64_t& value);
  size_t position() const { return position_; }

 private:
  Bytes bytes_;
  size_t position_ = 0;
};

}  // namespace hone::onnx
