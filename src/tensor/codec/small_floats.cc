// Floats of 8 bits and fewer, one to a byte.
#include "tensor/codec/block.h"
#include "tensor/small_float.h"

namespace hone::codec {
namespace {

void decode_small(const SmallFloat& format, const std::byte* blocks, int64_t elements, float* out) {
  decode_numbers<uint8_t>(blocks, elements, out,
                          [&](uint8_t code) { return small_to_f32(format, code); });
}

}  // namespace

void decode_f8_e4m3fn(const std::byte* blocks, int64_t elements, float* out) {
  decode_small(kF8E4m3fn, blocks, elements, out);
}
void decode_f8_e4m3fnuz(const std::byte* blocks, int64_t elements, float* out) {
  decode_small(kF8E4m3fnuz, blocks, elements, out);
}
void decode_f8_e5m2(const std::byte* blocks, int64_t elements, float* out) {
  decode_small(kF8E5m2, blocks, elements, out);
}
void decode_f8_e5m2fnuz(const std::byte* blocks, int64_t elements, float* out) {
  decode_small(kF8E5m2fnuz, blocks, elements, out);
}
void decode_f6_e2m3(const std::byte* blocks, int64_t elements, float* out) {
  decode_small(kF6E2m3, blocks, elements, out);
}
void decode_f6_e3m2(const std::byte* blocks, int64_t elements, float* out) {
  decode_small(kF6E3m2, blocks, elements, out);
}
void decode_f4_e2m1(const std::byte* blocks, int64_t elements, float* out) {
  decode_small(kF4E2m1, blocks, elements, out);
}
void decode_f8_e8m0(const std::byte* blocks, int64_t elements, float* out) {
  decode_numbers<uint8_t>(blocks, elements, out, e8m0_to_f32);
}

}  // namespace hone::codec
