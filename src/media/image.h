// Pictures in memory, and in files: JPEG, PNG, WebP, BMP and PNM in, JPEG and PNG out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace hone {

// Limits of what is decoded, checked against the file's header before memory is taken.
inline constexpr int64_t kMaxImagePixels = 100'000'000;
inline constexpr int64_t kMaxImageSide = 65536;
inline constexpr uint64_t kMaxImageFile = uint64_t{256} << 20;

struct ImageLimits {
  int64_t pixels = kMaxImagePixels;
};

using Color = std::array<uint8_t, 3>;  // red, green, blue

// Rows from the top, pixels from the left, three bytes a pixel: red, green, blue.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;

  Image() = default;
  // Black.
  Image(int w, int h) : width(w), height(h), rgb(size_t{3} * to_size(w) * to_size(h)) {}

  uint8_t* pixel(int x, int y) { return rgb.data() + offset(x, y); }
  const uint8_t* pixel(int x, int y) const { return rgb.data() + offset(x, y); }
  size_t row_bytes() const { return size_t{3} * to_size(width); }

 private:
  static size_t to_size(int n) { return static_cast<size_t>(n); }
  size_t offset(int x, int y) const {
    return size_t{3} * (to_size(y) * to_size(width) + to_size(x));
  }
};

// The format is found by the first bytes, not by a name. Gray, palettes, 16 bits and CMYK become
// RGB; transparency is dropped and 16 bits lose their lower half, as in Pillow's convert("RGB") and
// OpenCV's imread; color profiles are not applied. EXIF orientation (JPEG, PNG, WebP) is: the
// picture stands upright. The first picture of an animation is not looked for. A damaged file is
// corrupt even where a part could be shown.
Expected<Image> decode_image(Bytes file, ImageLimits limits = {});
Expected<Image> read_image(const std::string& path, ImageLimits limits = {});

enum class ImageFormat : uint8_t { jpeg, png };
// By the end of the name, in any case: .jpg, .jpeg or .png.
Expected<ImageFormat> image_format_of(std::string_view path);

struct JpegQuality {
  int percent = 92;  // 1 to 100
};
Expected<std::string> encode_image(const Image& image, ImageFormat format,
                                   JpegQuality quality = {});
// Readers see the old file or the whole new one.
Status write_image(const std::string& path, const Image& image, JpegQuality quality = {});

// A number a pixel, 0 to 255, row by row.
struct GrayImage {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> levels;
};
// As a PNG of 8 bits a pixel, which keeps the numbers; another name than .png is refused.
Status write_gray_png(const std::string& path, const GrayImage& image);

// The eight ways in which EXIF lets a camera be held (TIFF 6.0, tag 274): what to do so that the
// picture stands upright.
enum class Orientation : uint8_t {
  upright = 1,
  mirror = 2,  // left and right change places
  half_turn = 3,
  flip = 4,          // top and bottom change places
  transpose = 5,     // rows become columns
  quarter_turn = 6,  // clockwise
  transverse = 7,    // transposed and turned half
  three_quarters = 8,
};
Image orient(Image image, Orientation orientation);

}  // namespace hone
