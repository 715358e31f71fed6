// TIFF 6.0 chapter 2; CIPA DC-008 (EXIF 2.32) 4.6.4 for the tag.
#include <algorithm>

#include "media/image_codecs.h"

namespace hone {
namespace {

constexpr uint16_t kOrientationTag = 0x0112;
constexpr uint16_t kShort = 3;
constexpr size_t kEntryBytes = 12;

class TiffView {
 public:
  explicit TiffView(Bytes bytes) : bytes_(bytes) {}

  bool find_byte_order() {
    big_ = as_text(bytes_).starts_with(std::string_view("MM\0*", 4));
    return big_ || as_text(bytes_).starts_with(std::string_view("II*\0", 4));
  }
  // Zero beyond the end.
  uint16_t u16(uint64_t at) const {
    if (at + 2 > bytes_.size()) return 0;
    const auto a = static_cast<unsigned>(bytes_[at]);
    const auto b = static_cast<unsigned>(bytes_[at + 1]);
    return static_cast<uint16_t>(big_ ? a << 8 | b : b << 8 | a);
  }
  uint32_t u32(uint64_t at) const {
    const uint32_t first = u16(at);
    const uint32_t second = u16(at + 2);
    return big_ ? first << 16 | second : second << 16 | first;
  }

 private:
  Bytes bytes_;
  bool big_ = false;
};

}  // namespace

Orientation exif_orientation(Bytes tiff) {
  TiffView view(tiff);
  if (!view.find_byte_order()) return Orientation::upright;
  const uint64_t directory = view.u32(4);
  const uint16_t entries = view.u16(directory);
  for (uint64_t i = 0; i < entries; ++i) {
    const uint64_t at = directory + 2 + i * kEntryBytes;
    if (at + kEntryBytes > tiff.size()) break;
    if (view.u16(at) != kOrientationTag) continue;
    const uint16_t value = view.u16(at + 8);
    if (view.u16(at + 2) == kShort && value >= 1 && value <= 8)
      return Orientation{static_cast<uint8_t>(value)};
    break;
  }
  return Orientation::upright;
}

}  // namespace hone
