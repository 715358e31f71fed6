// .npy: whatever is read is written, and read again to the same array.
#include "media/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto array = hone::parse_npy(std::as_bytes(std::span(data, size)));
  if (!array) {
    if (array.error().message.empty()) __builtin_trap();
    return 0;
  }
  const auto text = hone::npy_text(*array);
  if (!text) __builtin_trap();
  const auto again = hone::parse_npy(hone::as_bytes(*text));
  if (!again || again->dtype != array->dtype || again->shape != array->shape ||
      again->bytes != array->bytes) {
    __builtin_trap();
  }
  return 0;
}
