// What the files of image formats share; private to media.
#pragma once

#include <optional>

#include "media/image.h"

namespace hone {

// A picture as it is stored, with the camera's position.
struct StoredImage {
  Image image;
  Orientation orientation = Orientation::upright;
};

Expected<StoredImage> decode_jpeg(Bytes file, ImageLimits limits);
Expected<StoredImage> decode_png(Bytes file, ImageLimits limits);
Expected<StoredImage> decode_webp(Bytes file, ImageLimits limits);
Expected<StoredImage> decode_bmp(Bytes file, ImageLimits limits);
Expected<StoredImage> decode_pnm(Bytes file, ImageLimits limits);

Expected<std::string> encode_jpeg(const Image& image, JpegQuality quality);
Expected<std::string> encode_png(const Image& image);
Expected<std::string> encode_png(const GrayImage& image);

// A black picture, if it has pixels and is not larger than allowed.
Expected<Image> allocate_image(int64_t width, int64_t height, ImageLimits limits);

// Of a TIFF block as EXIF has it ("II*\0" or "MM\0*" first); upright if it does not say.
Orientation exif_orientation(Bytes tiff);

}  // namespace hone
