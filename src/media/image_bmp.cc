// Windows bitmaps: BITMAPINFOHEADER and its longer successors, 1, 4, 8, 24 and 32 bits a pixel,
// stored plainly (learn.microsoft.com, "Bitmap Storage").
#include <algorithm>
#include <cstdlib>

#include "media/image_codecs.h"

namespace hone {
namespace {

constexpr uint32_t kFileHeader = 14;
constexpr uint32_t kPlain = 0;
constexpr uint32_t kBitFields = 3;

struct BmpHeader {
  uint32_t data_at = 0;
  uint32_t size = 0;
  int32_t width = 0;
  int32_t height = 0;  // negative: rows from the top
  uint16_t bits = 0;
  uint32_t packing = 0;
  uint32_t colors = 0;
};

Expected<BmpHeader> read_header(ByteReader& reader) {
  BmpHeader header;
  reader.skip(10);
  header.data_at = reader.u32();
  header.size = reader.u32();
  header.width = reader.read<int32_t>();
  header.height = reader.read<int32_t>();
  reader.skip(2);  // planes
  header.bits = reader.u16();
  header.packing = reader.u32();
  reader.skip(12);
  header.colors = reader.u32();
  reader.skip(4);
  HONE_RETURN_IF_ERROR(reader.status());
  // 32 bits with masks are nearly always blue, green, red and alpha, as without masks.
  const bool plain =
      header.packing == kPlain || (header.packing == kBitFields && header.bits == 32);
  const bool known = header.bits == 1 || header.bits == 4 || header.bits == 8 ||
                     header.bits == 24 || header.bits == 32;
  if (header.size < 40 || !plain || !known) {
    return fail(Code::unsupported, "this kind of bitmap (", header.bits, " bits a pixel, packing ",
                header.packing, ") is not read; save it as PNG");
  }
  return header;
}

// Blue, green, red and a spare byte each; black where the file has none.
std::vector<Color> read_palette(const BmpHeader& header, Bytes file) {
  if (header.bits > 8) return {};
  const size_t most = size_t{1} << header.bits;
  std::vector<Color> palette(most, Color{});
  const size_t count = header.colors == 0 ? most : std::min<size_t>(header.colors, most);
  ByteReader reader(file);
  reader.skip(uint64_t{kFileHeader} + header.size);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t color = reader.u32();
    palette[i] = {static_cast<uint8_t>(color >> 16), static_cast<uint8_t>(color >> 8),
                  static_cast<uint8_t>(color)};
  }
  return palette;
}

Color pixel_of(const BmpHeader& header, const std::vector<Color>& palette, const uint8_t* row,
               size_t x) {
  if (header.bits >= 24) {
    const uint8_t* at = row + x * (header.bits / 8);
    return {at[2], at[1], at[0]};
  }
  const size_t bit = x * header.bits;
  const size_t shift = 8 - header.bits - bit % 8;
  return palette[row[bit / 8] >> shift & ((1u << header.bits) - 1)];
}

}  // namespace

Expected<StoredImage> decode_bmp(Bytes file, ImageLimits limits) {
  ByteReader reader(file);
  HONE_TRY(const BmpHeader header, read_header(reader));
  const int64_t height = std::abs(int64_t{header.height});
  const uint64_t row_bytes =
      (static_cast<uint64_t>(std::max(header.width, 0)) * header.bits + 31) / 32 * 4;
  if (header.data_at > file.size() ||
      row_bytes * static_cast<uint64_t>(height) > file.size() - header.data_at) {
    return fail(Code::corrupt, "the picture is cut short");
  }
  HONE_TRY(Image image, allocate_image(header.width, height, limits));
  const std::vector<Color> palette = read_palette(header, file);
  const auto* data = reinterpret_cast<const uint8_t*>(file.data()) + header.data_at;
  for (int y = 0; y < image.height; ++y) {
    const auto row = static_cast<size_t>(header.height < 0 ? y : image.height - 1 - y);
    uint8_t* to = image.pixel(0, y);
    for (size_t x = 0; x < static_cast<size_t>(image.width); ++x, to += 3) {
      std::ranges::copy(pixel_of(header, palette, data + row * row_bytes, x), to);
    }
  }
  return StoredImage{std::move(image)};
}

}  // namespace hone
