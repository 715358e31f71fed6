// Pictures in every format, from hostile bytes; small ones, so that the time goes into the
// decoders.
#include "media/image.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto image = hone::decode_image(std::as_bytes(std::span(data, size)), {1 << 20});
  if (!image) {
    if (image.error().message.empty()) __builtin_trap();
    return 0;
  }
  const auto pixels = static_cast<size_t>(image->width) * static_cast<size_t>(image->height);
  if (pixels == 0 || pixels > 1 << 20 || image->rgb.size() != 3 * pixels) __builtin_trap();
  return 0;
}
