#include "media/image.h"

#include <algorithm>
#include <cctype>

#include "base/file.h"
#include "base/text.h"
#include "media/image_codecs.h"

namespace hone {
namespace {

// Pixels a side of what is turned at once: rows of both pictures stay in the first cache.
constexpr int kTile = 32;

using namespace std::string_view_literals;

using Decode = Expected<StoredImage> (*)(Bytes, ImageLimits);

struct Format {
  std::string_view begin;
  size_t at;  // where `begin` stands
  std::string_view name;
  Decode decode;  // null: known, but not read
};
constexpr Format kFormats[] = {
    {"\xff\xd8\xff"sv, 0, "JPEG", decode_jpeg},
    {"\x89PNG\r\n\x1a\n"sv, 0, "PNG", decode_png},
    {"WEBP"sv, 8, "WebP", decode_webp},
    {"BM"sv, 0, "BMP", decode_bmp},
    {"P2"sv, 0, "PGM", decode_pnm},
    {"P3"sv, 0, "PPM", decode_pnm},
    {"P5"sv, 0, "PGM", decode_pnm},
    {"P6"sv, 0, "PPM", decode_pnm},
    {"GIF8"sv, 0, "GIF", nullptr},
    {"II*\0"sv, 0, "TIFF", nullptr},
    {"MM\0*"sv, 0, "TIFF", nullptr},
    {"ftypavif"sv, 4, "AVIF", nullptr},
    {"ftyphei"sv, 4, "HEIC", nullptr},
    {"ftypmif1"sv, 4, "HEIF", nullptr},
    {"\xff\x0a"sv, 0, "JPEG XL", nullptr},
};

const Format* find_format(Bytes file) {
  const std::string_view text = as_text(file);
  for (const Format& format : kFormats) {
    if (text.size() >= format.at && text.substr(format.at).starts_with(format.begin)) {
      return &format;
    }
  }
  return nullptr;
}

// Where in the stored picture the upright pixel (x, y) lies: start + x * dx + y * dy, in pixels.
struct Walk {
  int64_t start = 0;
  int64_t dx = 1;
  int64_t dy = 0;
};

Walk walk_of(Orientation orientation, int64_t w, int64_t h) {
  switch (orientation) {
    case Orientation::mirror:
      return {w - 1, -1, w};
    case Orientation::half_turn:
      return {w * h - 1, -1, -w};
    case Orientation::flip:
      return {w * (h - 1), 1, -w};
    case Orientation::transpose:
      return {0, w, 1};
    case Orientation::quarter_turn:
      return {w * (h - 1), -w, 1};
    case Orientation::transverse:
      return {w * h - 1, -w, -1};
    case Orientation::three_quarters:
      return {w - 1, w, -1};
    case Orientation::upright:
      break;
  }
  return {0, 1, w};
}

void copy_tile(const Image& from, const Walk& walk, Image& to, int left, int top) {
  const int right = std::min(left + kTile, to.width);
  const int bottom = std::min(top + kTile, to.height);
  for (int y = top; y < bottom; ++y) {
    const uint8_t* source = from.rgb.data() + 3 * (walk.start + left * walk.dx + y * walk.dy);
    uint8_t* target = to.pixel(left, y);
    for (int x = left; x < right; ++x, target += 3, source += 3 * walk.dx) {
      target[0] = source[0];
      target[1] = source[1];
      target[2] = source[2];
    }
  }
}

}  // namespace

Expected<Image> decode_image(Bytes file, ImageLimits limits) {
  if (file.empty()) return fail(Code::corrupt, "the file is empty");
  if (file.size() > kMaxImageFile) {
    return fail(Code::limit_exceeded, "the picture's file holds ", human_bytes(file.size()),
                "; at most ", human_bytes(kMaxImageFile), " are read");
  }
  const Format* format = find_format(file);
  if (format == nullptr) {
    return fail(Code::unsupported, "this is no picture in a known format; JPEG, PNG, WebP, BMP, ",
                "PPM and PGM are read");
  }
  if (format->decode == nullptr) {
    return fail(Code::unsupported, "this is a ", format->name,
                " file, which is not read; save it as PNG or JPEG");
  }
  HONE_TRY_CONTEXT(StoredImage stored, format->decode(file, limits), format->name);
  return orient(std::move(stored.image), stored.orientation);
}

Expected<Image> read_image(const std::string& path, ImageLimits limits) {
  HONE_TRY(const MappedFile file, MappedFile::open(path));
  HONE_TRY_CONTEXT(Image image, decode_image(file.bytes(), limits), path);
  return image;
}

Expected<ImageFormat> image_format_of(std::string_view path) {
  const size_t dot = path.rfind('.');
  std::string end(dot == path.npos ? "" : path.substr(dot));
  std::ranges::transform(end, end.begin(), [](unsigned char c) { return std::tolower(c); });
  if (end == ".jpg" || end == ".jpeg") return ImageFormat::jpeg;
  if (end == ".png") return ImageFormat::png;
  return fail(Code::invalid_argument, "pictures are written as .jpg or .png, not as '",
              printable(path), "'");
}

Expected<std::string> encode_image(const Image& image, ImageFormat format, JpegQuality quality) {
  if (image.width < 1 || image.height < 1) {
    return fail(Code::invalid_argument, "a picture without pixels cannot be written");
  }
  return format == ImageFormat::jpeg ? encode_jpeg(image, quality) : encode_png(image);
}

Status write_image(const std::string& path, const Image& image, JpegQuality quality) {
  HONE_TRY(const ImageFormat format, image_format_of(path));
  HONE_TRY_CONTEXT(const std::string content, encode_image(image, format, quality), path);
  return write_file_atomic(path, content);
}

Status write_gray_png(const std::string& path, const GrayImage& image) {
  HONE_TRY(const ImageFormat format, image_format_of(path));
  if (format != ImageFormat::png) {
    return fail(Code::invalid_argument, printable(path), ": must be a .png");
  }
  HONE_TRY_CONTEXT(const std::string content, encode_png(image), path);
  return write_file_atomic(path, content);
}

Image orient(Image image, Orientation orientation) {
  if (orientation == Orientation::upright) return image;
  const Walk walk = walk_of(orientation, image.width, image.height);
  const bool lies = orientation >= Orientation::transpose;
  Image upright(lies ? image.height : image.width, lies ? image.width : image.height);
  for (int y = 0; y < upright.height; y += kTile) {
    for (int x = 0; x < upright.width; x += kTile) copy_tile(image, walk, upright, x, y);
  }
  return upright;
}

Expected<Image> allocate_image(int64_t width, int64_t height, ImageLimits limits) {
  if (width < 1 || height < 1) return fail(Code::corrupt, "the picture has no pixels");
  if (width > kMaxImageSide || height > kMaxImageSide || width * height > limits.pixels) {
    return fail(Code::limit_exceeded, "the picture has ", width, " x ", height, " pixels; at most ",
                limits.pixels, ", and ", kMaxImageSide, " a side, are read");
  }
  return Image(static_cast<int>(width), static_cast<int>(height));
}

}  // namespace hone
