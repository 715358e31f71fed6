#include <algorithm>
#include <cstring>
#include <span>

#include "media/image_codecs.h"

#ifdef HONE_HAS_PNG
#include <png.h>
#endif

namespace hone {

#ifdef HONE_HAS_PNG
namespace {

constexpr png_alloc_size_t kMaxChunk = 1 << 20;  // of texts and profiles, unpacked
constexpr png_uint_32 kMaxChunks = 1000;
constexpr int kRunLengths = 3;  // zlib's Z_RLE

// libpng reports errors by a function that must not return: it notes the message and jumps to the
// setjmp of the step that runs. Steps own nothing that a jump would leak: all is in the members.
struct PngErrors {
  char message[128] = {};

  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngErrors*>(png_get_error_ptr(png));
    std::strncpy(self->message, message, sizeof self->message - 1);
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
};

class PngReader {
 public:
  explicit PngReader(Bytes file) : rest_(file) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &errors_, PngErrors::on_error,
                                  PngErrors::on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  Expected<StoredImage> read(ImageLimits limits) {
    if (info_ == nullptr) return fail(Code::limit_exceeded, "not enough memory for a picture");
    if (!read_header()) return damaged();
    HONE_TRY(Image image, allocate_image(width_, height_, limits));
    rows_.resize(height_);
    for (uint32_t y = 0; y < height_; ++y) rows_[y] = image.pixel(0, static_cast<int>(y));
    if (!read_pixels(image.row_bytes())) return damaged();
    return StoredImage{std::move(image), orientation()};
  }

 private:
  static void on_read(png_structp png, png_bytep to, size_t size) {
    Bytes& rest = static_cast<PngReader*>(png_get_io_ptr(png))->rest_;
    if (size > rest.size()) png_error(png, "the file is cut short");
    std::memcpy(to, rest.data(), size);
    rest = rest.subspan(size);
  }

  std::unexpected<Error> damaged() const {
    return fail(Code::corrupt, "the picture is damaged: ", printable(errors_.message));
  }

  bool read_header() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, this, on_read);
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // allocate_image has the limit
    png_set_chunk_malloc_max(png_, kMaxChunk);
    png_set_chunk_cache_max(png_, kMaxChunks);
    png_read_info(png_, info_);
    width_ = png_get_image_width(png_, info_);
    height_ = png_get_image_height(png_, info_);
    return true;
  }

  bool read_pixels(size_t row_bytes) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_expand(png_);    // palettes, few bits
    png_set_strip_16(png_);  // the upper byte stays
    png_set_strip_alpha(png_);
    png_set_gray_to_rgb(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    if (png_get_rowbytes(png_, info_) != row_bytes) png_error(png_, "its rows have no RGB");
    png_read_image(png_, rows_.data());
    png_read_end(png_, info_);
    return true;
  }

  Orientation orientation() {
    png_bytep exif = nullptr;
    png_uint_32 size = 0;
    if (png_get_eXIf_1(png_, info_, &size, &exif) == 0) return Orientation::upright;
    return exif_orientation(std::as_bytes(std::span(exif, size)));
  }

  Bytes rest_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  uint32_t width_ = 0;
  uint32_t height_ = 0;
  std::vector<png_bytep> rows_;
  PngErrors errors_;
};

struct PngRows {
  int width = 0;
  int height = 0;
  std::span<const uint8_t> bytes;
  int color_type = PNG_COLOR_TYPE_RGB;  // of 8 bits
};

class PngWriter {
 public:
  explicit PngWriter(const PngRows& rows) : rows_(rows) {
    png_ = png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors_, PngErrors::on_error,
                                   PngErrors::on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;
  ~PngWriter() { png_destroy_write_struct(&png_, &info_); }

  Expected<std::string> write() {
    if (info_ == nullptr) return fail(Code::limit_exceeded, "not enough memory for a picture");
    // Nothing may be thrown through libpng, so the file gets its room first: what cannot be packed
    // grows by a few bytes a row and a block.
    file_.resize(rows_.bytes.size() + rows_.bytes.size() / 64 + size_t{8} * to_size(rows_.height) +
                 4096);
    if (!compress()) {
      return fail(Code::internal, "libpng cannot write the picture: ", printable(errors_.message));
    }
    file_.resize(size_);
    return std::move(file_);
  }

 private:
  static size_t to_size(int n) { return static_cast<size_t>(n); }
  static void on_write(png_structp png, png_bytep from, size_t size) {
    auto* self = static_cast<PngWriter*>(png_get_io_ptr(png));
    if (size > self->file_.size() - self->size_) png_error(png, "it is larger than expected");
    std::memcpy(self->file_.data() + self->size_, from, size);
    self->size_ += size;
  }

  // Paeth's filter with run lengths: 5 times faster than libpng's choice and smaller, for
  // photographs.
  bool compress() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_write_fn(png_, this, on_write, [](png_structp) {});
    png_set_IHDR(png_, info_, static_cast<png_uint_32>(rows_.width),
                 static_cast<png_uint_32>(rows_.height), 8, rows_.color_type, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_filter(png_, PNG_FILTER_TYPE_BASE, PNG_FILTER_PAETH);
    png_set_compression_strategy(png_, kRunLengths);
    png_write_info(png_, info_);
    const size_t row_bytes = rows_.bytes.size() / to_size(rows_.height);
    for (size_t y = 0; y < to_size(rows_.height); ++y) {
      png_write_row(png_, rows_.bytes.data() + y * row_bytes);
    }
    png_write_end(png_, info_);
    return true;
  }

  const PngRows rows_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  PngErrors errors_;
  std::string file_;
  size_t size_ = 0;
};

}  // namespace

Expected<StoredImage> decode_png(Bytes file, ImageLimits limits) {
  return PngReader(file).read(limits);
}

Expected<std::string> encode_png(const Image& image) {
  return PngWriter({image.width, image.height, image.rgb}).write();
}
Expected<std::string> encode_png(const GrayImage& image) {
  return PngWriter({image.width, image.height, image.levels, PNG_COLOR_TYPE_GRAY}).write();
}
#else
Expected<StoredImage> decode_png(Bytes, ImageLimits) {
  return fail(Code::unsupported, "hone was built without libpng; save the picture as BMP or PPM");
}
Expected<std::string> encode_png(const Image&) {
  return fail(Code::unsupported, "hone was built without libpng and writes no PNG");
}
Expected<std::string> encode_png(const GrayImage&) { return encode_png(Image()); }
#endif

}  // namespace hone
