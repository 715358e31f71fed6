#include "media/image_codecs.h"

#ifdef HONE_HAS_WEBP
#include <webp/decode.h>
#endif

namespace hone {

#ifdef HONE_HAS_WEBP
namespace {

// The chunk EXIF of the RIFF container (developers.google.com/speed/webp/docs/riff_container).
Orientation find_orientation(Bytes file) {
  ByteReader reader(file);
  reader.skip(12);
  while (reader.remaining() > 8) {
    const std::string_view name = reader.text(4);
    const uint64_t size = reader.u32();
    if (name == "EXIF") {
      Bytes tiff = reader.take(size);
      if (as_text(tiff).starts_with(std::string_view("Exif\0\0", 6))) tiff = tiff.subspan(6);
      return exif_orientation(tiff);
    }
    reader.skip(size + size % 2);
    if (!reader.ok()) break;
  }
  return Orientation::upright;
}

}  // namespace

Expected<StoredImage> decode_webp(Bytes file, ImageLimits limits) {
  const auto* data = reinterpret_cast<const uint8_t*>(file.data());
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, file.size(), &features) != VP8_STATUS_OK) {
    return fail(Code::corrupt, "the picture's header is damaged or cut short");
  }
  if (features.has_animation != 0) {
    return fail(Code::unsupported, "the picture is an animation; save one frame as PNG or JPEG");
  }
  HONE_TRY(Image image, allocate_image(features.width, features.height, limits));
  if (WebPDecodeRGBInto(data, file.size(), image.rgb.data(), image.rgb.size(),
                        static_cast<int>(image.row_bytes())) == nullptr) {
    return fail(Code::corrupt, "the picture is damaged or cut short");
  }
  return StoredImage{std::move(image), find_orientation(file)};
}
#else
Expected<StoredImage> decode_webp(Bytes, ImageLimits) {
  return fail(Code::unsupported, "hone was built without libwebp; save the picture as BMP or PPM");
}
#endif

}  // namespace hone
