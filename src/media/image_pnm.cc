// Netpbm's PGM and PPM, as bytes (P5, P6) and as text (P2, P3);
// netpbm.sourceforge.net/doc/ppm.html.
#include <algorithm>

#include "media/image_codecs.h"

namespace hone {
namespace {

constexpr uint32_t kMaxSample = 65535;

class PnmReader {
 public:
  explicit PnmReader(Bytes file) : text_(as_text(file)) {}

  Expected<StoredImage> read(ImageLimits limits) {
    const char kind = text_[1];
    at_ = 2;
    const uint32_t width = number();
    const uint32_t height = number();
    max_ = number();
    if (!ok_ || max_ == 0 || max_ > kMaxSample) {
      return fail(Code::corrupt, "the picture's header is damaged");
    }
    ++at_;  // one space ends the header
    is_text_ = kind == '2' || kind == '3';
    channels_ = kind == '2' || kind == '5' ? 1 : 3;
    const uint64_t samples = uint64_t{width} * height * channels_;
    if (samples * (is_text_ || max_ < 256 ? 1 : 2) > text_.size() - std::min(at_, text_.size())) {
      return fail(Code::corrupt, "the picture is cut short");
    }
    HONE_TRY(Image image, allocate_image(width, height, limits));
    fill(image);
    if (!ok_) return fail(Code::corrupt, "the picture is damaged or cut short");
    return StoredImage{std::move(image)};
  }

 private:
  void skip_space() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (std::string_view(" \t\r\n\v\f").contains(text_[at_])) {
        ++at_;
      } else {
        return;
      }
    }
  }
  uint32_t number() {
    skip_space();
    const size_t begin = at_;
    uint32_t value = 0;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - begin < 9) {
      value = value * 10 + static_cast<uint32_t>(text_[at_++] - '0');
    }
    ok_ = ok_ && at_ > begin;
    return value;
  }
  uint32_t byte() { return static_cast<unsigned char>(text_[at_++]); }
  uint8_t sample() {
    uint32_t value = 0;
    if (is_text_) {
      value = number();
    } else {
      value = byte();
      if (max_ > 255) value = value << 8 | byte();
    }
    if (max_ == 255) return static_cast<uint8_t>(std::min(value, 255u));
    return static_cast<uint8_t>((std::min(value, max_) * 255 + max_ / 2) / max_);
  }
  void fill(Image& image) {
    for (size_t i = 0; ok_ && i < image.rgb.size(); i += 3) {
      image.rgb[i] = sample();
      image.rgb[i + 1] = channels_ == 1 ? image.rgb[i] : sample();
      image.rgb[i + 2] = channels_ == 1 ? image.rgb[i] : sample();
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  uint32_t max_ = 0;
  bool is_text_ = false;
  uint64_t channels_ = 3;
  bool ok_ = true;
};

}  // namespace

Expected<StoredImage> decode_pnm(Bytes file, ImageLimits limits) {
  return PnmReader(file).read(limits);
}

}  // namespace hone
