// The plain integer types; those below 8 bits have a byte each.
#include "tensor/codec/block.h"

namespace hone::codec {
namespace {

template <class T>
void decode_integers(const std::byte* blocks, int64_t elements, float* out) {
  decode_numbers<T>(blocks, elements, out, [](T x) { return static_cast<float>(x); });
}

}  // namespace

void decode_i8(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<int8_t>(blocks, elements, out);
}
void decode_u8(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<uint8_t>(blocks, elements, out);
}
void decode_i16(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<int16_t>(blocks, elements, out);
}
void decode_u16(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<uint16_t>(blocks, elements, out);
}
void decode_i32(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<int32_t>(blocks, elements, out);
}
void decode_u32(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<uint32_t>(blocks, elements, out);
}
void decode_i64(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<int64_t>(blocks, elements, out);
}
void decode_u64(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<uint64_t>(blocks, elements, out);
}
void decode_i4(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<int8_t>(blocks, elements, out);
}
void decode_u4(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<uint8_t>(blocks, elements, out);
}
void decode_i2(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<int8_t>(blocks, elements, out);
}
void decode_u2(const std::byte* blocks, int64_t elements, float* out) {
  decode_integers<uint8_t>(blocks, elements, out);
}
// Any byte but zero is true.
void decode_boolean(const std::byte* blocks, int64_t elements, float* out) {
  decode_numbers<uint8_t>(blocks, elements, out, [](uint8_t x) { return x != 0 ? 1.0f : 0.0f; });
}

}  // namespace hone::codec
