// Protobuf messages for tests, field by field.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace hone::onnx::test {

class Proto {
 public:
  Proto& number(uint32_t field, uint64_t value) {
    append_varint(field << 3);
    append_varint(value);
    return *this;
  }
  Proto& f32(uint32_t field, float value) {
    append_varint(field << 3 | 5);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Proto& text(uint32_t field, std::string_view value) {
    append_varint(field << 3 | 2);
    append_varint(value.size());
    bytes_ += value;
    return *this;
  }
  Proto& add(uint32_t field, const Proto& message) { return text(field, message.bytes_); }

  const std::string& bytes() const { return bytes_; }

 private:
  void append_varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace hone::onnx::test
