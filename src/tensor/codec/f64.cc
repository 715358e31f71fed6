#include "tensor/codec/block.h"

namespace hone::codec {

void decode_f64(const std::byte* blocks, int64_t elements, float* out) {
  decode_numbers<double>(blocks, elements, out, [](double x) { return static_cast<float>(x); });
}

}  // namespace hone::codec
