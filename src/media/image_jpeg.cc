#include "media/image_codecs.h"

#ifdef HONE_HAS_JPEG
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
// After <cstdio>, which it needs.
#include <jpeglib.h>
#endif

namespace hone {

#ifdef HONE_HAS_JPEG
namespace {

// A progressive file of a few bytes a scan can ask for the whole picture to be gone through each
// time. Cameras and encoders write about 10 scans.
constexpr int kMaxScans = 500;
constexpr int64_t kMaxScannedPixels = 2'000'000'000;

constexpr unsigned kExifBytes = 65535;

// libjpeg reports errors by a function that must not return: it notes the message and jumps to the
// setjmp of the step that runs. Steps own nothing that a jump would leak: all is in the members.
struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg hands back a pointer to it
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX] = {};

  jpeg_error_mgr* start() {
    jpeg_std_error(&base);
    base.error_exit = on_error;
    base.output_message = [](j_common_ptr) {};
    return &base;
  }
  [[noreturn]] static void stop(j_common_ptr common, const char* why) {
    auto* self = reinterpret_cast<ErrorManager*>(common->err);
    std::snprintf(self->message, sizeof self->message, "%s", why);
    std::longjmp(self->jump, 1);
  }
  [[noreturn]] static void on_error(j_common_ptr common) {
    char why[JMSG_LENGTH_MAX];
    common->err->format_message(common, why);
    stop(common, why);
  }
};

class JpegReader {
 public:
  explicit JpegReader(Bytes file) : file_(file) {}
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }

  Expected<StoredImage> read(ImageLimits limits) {
    if (!read_header()) return damaged();
    HONE_TRY(StoredImage stored, allocate(limits));
    if (!read_pixels(stored.image)) return damaged();
    if (ended_ && errors_.base.num_warnings > 0) {
      return fail(Code::corrupt, "the picture is cut short");
    }
    return stored;
  }

 private:
  std::unexpected<Error> damaged() const {
    return fail(Code::corrupt, "the picture is damaged: ", printable(errors_.message));
  }

  bool read_header() {
    jpeg_.err = errors_.start();
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_decompress(&jpeg_);
    set_source();
    progress_.progress_monitor = on_progress;
    jpeg_.progress = &progress_;
    jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, kExifBytes);
    jpeg_read_header(&jpeg_, TRUE);
    is_cmyk_ = jpeg_.jpeg_color_space == JCS_CMYK || jpeg_.jpeg_color_space == JCS_YCCK;
    jpeg_.out_color_space = is_cmyk_ ? JCS_CMYK : JCS_RGB;
    return true;
  }

  Expected<StoredImage> allocate(ImageLimits limits) {
    HONE_TRY(Image image, allocate_image(jpeg_.image_width, jpeg_.image_height, limits));
    if (is_cmyk_) cmyk_row_.resize(size_t{4} * jpeg_.image_width);
    return StoredImage{std::move(image), orientation()};
  }

  bool read_pixels(Image& image) {
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      uint8_t* to = image.pixel(0, static_cast<int>(jpeg_.output_scanline));
      JSAMPROW row = is_cmyk_ ? cmyk_row_.data() : to;
      jpeg_read_scanlines(&jpeg_, &row, 1);
      if (is_cmyk_) convert_cmyk(to);
    }
    return true;
  }

  // Inks as Adobe writes them, the full amount as 0: what is left of light after ink and black.
  void convert_cmyk(uint8_t* to) const {
    for (size_t i = 0; i < cmyk_row_.size(); i += 4) {
      const unsigned black = cmyk_row_[i + 3];
      for (size_t c = 0; c < 3; ++c) {
        *to++ = static_cast<uint8_t>((cmyk_row_[i + c] * black + 127) / 255);
      }
    }
  }

  Orientation orientation() const {
    constexpr std::string_view kMark("Exif\0\0", 6);
    for (const auto* marker = jpeg_.marker_list; marker != nullptr; marker = marker->next) {
      const Bytes bytes = std::as_bytes(std::span(marker->data, marker->data_length));
      if (as_text(bytes).starts_with(kMark)) return exif_orientation(bytes.subspan(kMark.size()));
    }
    return Orientation::upright;
  }

  void set_source() {
    source_.init_source = [](j_decompress_ptr) {};
    source_.term_source = [](j_decompress_ptr) {};
    source_.resync_to_restart = jpeg_resync_to_restart;
    source_.fill_input_buffer = on_end;
    source_.skip_input_data = on_skip;
    source_.next_input_byte = reinterpret_cast<const JOCTET*>(file_.data());
    source_.bytes_in_buffer = file_.size();
    jpeg_.src = &source_;
    jpeg_.client_data = this;
  }
  // Beyond the end of the file there are end marks, so that a file that lacks only these is whole.
  static boolean on_end(j_decompress_ptr jpeg) {
    static constexpr JOCTET kEndMark[] = {0xff, JPEG_EOI};
    static_cast<JpegReader*>(jpeg->client_data)->ended_ = true;
    jpeg->src->next_input_byte = kEndMark;
    jpeg->src->bytes_in_buffer = sizeof kEndMark;
    return TRUE;
  }
  static void on_skip(j_decompress_ptr jpeg, long count) {
    if (count <= 0) return;
    const auto skip = static_cast<size_t>(count);
    if (skip >= jpeg->src->bytes_in_buffer) {
      on_end(jpeg);
      return;
    }
    jpeg->src->next_input_byte += skip;
    jpeg->src->bytes_in_buffer -= skip;
  }
  static void on_progress(j_common_ptr common) {
    const auto* jpeg = reinterpret_cast<j_decompress_ptr>(common);
    const int64_t pixels = int64_t{jpeg->image_width} * jpeg->image_height;
    const int scans = jpeg->input_scan_number;
    if (scans > kMaxScans || scans * pixels > kMaxScannedPixels) {
      ErrorManager::stop(common, "it has far more scans than a picture needs");
    }
  }

  Bytes file_;
  ErrorManager errors_;
  jpeg_source_mgr source_ = {};
  jpeg_progress_mgr progress_ = {};
  jpeg_decompress_struct jpeg_ = {};
  bool ended_ = false;
  bool is_cmyk_ = false;
  std::vector<uint8_t> cmyk_row_;
};

class JpegWriter {
 public:
  explicit JpegWriter(const Image& image) : image_(image) {}
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;
  ~JpegWriter() {
    jpeg_destroy_compress(&jpeg_);
    std::free(out_);
  }

  Expected<std::string> write(int quality) {
    if (!compress(quality)) {
      return fail(Code::invalid_argument,
                  "the picture cannot be written as JPEG: ", printable(errors_.message));
    }
    return std::string(reinterpret_cast<const char*>(out_), size_);
  }

 private:
  bool compress(int quality) {
    jpeg_.err = errors_.start();
    if (setjmp(errors_.jump) != 0) return false;
    jpeg_create_compress(&jpeg_);
    jpeg_mem_dest(&jpeg_, &out_, &size_);
    jpeg_.image_width = static_cast<JDIMENSION>(image_.width);
    jpeg_.image_height = static_cast<JDIMENSION>(image_.height);
    jpeg_.input_components = 3;
    jpeg_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&jpeg_);
    jpeg_set_quality(&jpeg_, quality, TRUE);
    jpeg_start_compress(&jpeg_, TRUE);
    while (jpeg_.next_scanline < jpeg_.image_height) {
      auto* row = const_cast<JSAMPROW>(image_.pixel(0, static_cast<int>(jpeg_.next_scanline)));
      jpeg_write_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_compress(&jpeg_);
    return true;
  }

  const Image& image_;
  ErrorManager errors_;
  jpeg_compress_struct jpeg_ = {};
  unsigned char* out_ = nullptr;
  unsigned long size_ = 0;
};

}  // namespace

Expected<StoredImage> decode_jpeg(Bytes file, ImageLimits limits) {
  return JpegReader(file).read(limits);
}

Expected<std::string> encode_jpeg(const Image& image, JpegQuality quality) {
  return JpegWriter(image).write(quality.percent);
}
#else
Expected<StoredImage> decode_jpeg(Bytes, ImageLimits) {
  return fail(Code::unsupported, "hone was built without libjpeg; save the picture as BMP or PPM");
}
Expected<std::string> encode_jpeg(const Image&, JpegQuality) {
  return fail(Code::unsupported, "hone was built without libjpeg and writes no JPEG");
}
#endif

}  // namespace hone
