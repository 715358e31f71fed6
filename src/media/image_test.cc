#include "media/image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "media/image_codecs.h"
#include "media/npy.h"
#include "support/scratch_folder.h"

namespace hone {
namespace {

// Files and what Pillow reads from them: tools/make_media_goldens.py.
const std::string kFolder = HONE_SOURCE_DIR "/src/media/testdata/image/";

int largest_difference(const Image& image, const NpyArray& truth) {
  if (truth.shape != std::vector<int64_t>{image.height, image.width, 3}) return 1000;
  int largest = 0;
  for (size_t i = 0; i < image.rgb.size(); ++i) {
    largest = std::max(largest, std::abs(image.rgb[i] - static_cast<int>(truth.bytes[i])));
  }
  return largest;
}

void expect_like_pillow(std::string_view name, int tolerance) {
  const auto image = read_image(cat(kFolder, name));
  ASSERT_TRUE(image) << image.error().text();
  EXPECT_LE(largest_difference(*image, read_npy(cat(kFolder, name, ".npy")).value()), tolerance)
      << name;
}

// A cross build may lack the libraries.
class Libraries : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto decode : {decode_jpeg, decode_png, decode_webp}) {
      if (decode({}, {}).error().code == Code::unsupported)
        GTEST_SKIP() << decode({}, {}).error().text();
    }
  }
};
using Jpeg = Libraries;
using Png = Libraries;
using Webp = Libraries;
using HostileImage = Libraries;
using WrittenImage = Libraries;

TEST_F(Jpeg, IsReadLikePillow) {
  for (const std::string_view name :
       {"rgb_420.jpg", "rgb_444.jpg", "gray.jpg", "progressive.jpg"}) {
    expect_like_pillow(name, 1);
  }
  expect_like_pillow("cmyk.jpg", 2);  // the product of ink and black is rounded twice
}

TEST_F(Jpeg, StandsUprightInAllEightOrientations) {
  for (int i = 1; i <= 8; ++i) expect_like_pillow(cat("turned_", i, ".jpg"), 1);
}

TEST_F(Png, IsReadLikePillow) {
  for (const std::string_view name :
       {"rgb.png", "alpha.png", "gray.png", "gray_alpha.png", "bits_1.png", "palette.png",
        "palette_clear.png", "turned.png", "interlaced.png", "bits_16.png", "gray_16.png"}) {
    expect_like_pillow(name, 0);
  }
}

TEST_F(Webp, IsReadLikePillow) {
  for (const std::string_view name : {"lossless.webp", "alpha.webp", "turned.webp"}) {
    expect_like_pillow(name, 0);
  }
  expect_like_pillow("lossy.webp", 1);
}

TEST(PlainImages, AreReadLikePillow) {
  for (const std::string_view name :
       {"rgb.bmp", "palette.bmp", "bits_1.bmp", "alpha.bmp", "rgb.ppm", "gray.pgm", "text.ppm"}) {
    expect_like_pillow(name, 0);
  }
}

TEST_F(HostileImage, EveryBadFileIsRefusedAndNamed) {
  for (const auto& entry : std::filesystem::directory_iterator(kFolder + "bad")) {
    const auto image = read_image(entry.path());
    ASSERT_FALSE(image) << entry.path();
    EXPECT_TRUE(image.error().where.starts_with(entry.path().string()));
    EXPECT_FALSE(image.error().message.empty());
    const bool huge = entry.path().filename().string().starts_with("huge.");
    const bool has_data = entry.path().extension() == ".png" || entry.path().extension() == ".jpg";
    if (huge && has_data) {
      EXPECT_EQ(image.error().code, Code::limit_exceeded) << entry.path();
    }
  }
  EXPECT_EQ(read_image(kFolder + "bad/picture.gif").error().code, Code::unsupported);
  EXPECT_EQ(read_image(kFolder + "bad/animation.webp").error().code, Code::unsupported);
  EXPECT_EQ(read_image(kFolder + "rgb.png.npy").error().code, Code::unsupported);
  EXPECT_EQ(decode_image({}).error().code, Code::corrupt);
  EXPECT_EQ(read_image(kFolder + "rgb.png", {29 * 21 - 1}).error().code, Code::limit_exceeded);
  EXPECT_TRUE(read_image(kFolder + "rgb.png", {29 * 21}));
}

// Pixels lost are an error, bytes lost behind them need not be: only the end mark of a JPEG, say.
TEST_F(HostileImage, EveryCutFileIsRefusedOrWhole) {
  for (const std::string_view name : {"rgb_420.jpg", "turned_6.jpg", "palette.png", "lossless.webp",
                                      "rgb.bmp", "gray.pgm", "text.ppm"}) {
    const std::string file = read_file(cat(kFolder, name)).value();
    const Image whole = decode_image(as_bytes(file)).value();
    for (size_t size = 0; size < file.size(); ++size) {
      const auto cut = decode_image(as_bytes(file.substr(0, size)));
      if (!cut) continue;
      EXPECT_EQ(cut->rgb, whole.rgb) << name << " cut to " << size;
      EXPECT_GT(size + 4, file.size()) << name << " cut to " << size;
    }
  }
}

TEST(Exif, OrientationIsFoundInBothByteOrders) {
  const std::string_view little("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", 22);
  EXPECT_EQ(exif_orientation(as_bytes(little)), Orientation::quarter_turn);
  const std::string_view big("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x03\0\0", 22);
  EXPECT_EQ(exif_orientation(as_bytes(big)), Orientation::half_turn);
  for (size_t size = 0; size < 22; ++size) {
    EXPECT_EQ(exif_orientation(as_bytes(little.substr(0, size))), Orientation::upright);
  }
  std::string far(little);
  far[7] = '\xff';  // the directory lies beyond the end
  EXPECT_EQ(exif_orientation(as_bytes(far)), Orientation::upright);
  std::string odd(little);
  odd[18] = 9;
  EXPECT_EQ(exif_orientation(as_bytes(odd)), Orientation::upright);
}

Image gradient(int width, int height) {
  Image image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const Color color = {static_cast<uint8_t>(255 * x / width),
                           static_cast<uint8_t>(255 * y / height), 128};
      std::ranges::copy(color, image.pixel(x, y));
    }
  }
  return image;
}

TEST_F(WrittenImage, PngComesBackEqualAndJpegNearly) {
  const test::ScratchFolder folder;
  const Image image = gradient(51, 33);
  ASSERT_TRUE(write_image(folder.path() + "/a.PNG", image));
  EXPECT_EQ(read_image(folder.path() + "/a.PNG")->rgb, image.rgb);
  ASSERT_TRUE(write_image(folder.path() + "/a.jpeg", image));
  const Image back = read_image(folder.path() + "/a.jpeg").value();
  ASSERT_EQ(back.rgb.size(), image.rgb.size());
  double sum = 0;
  for (size_t i = 0; i < back.rgb.size(); ++i) sum += std::abs(back.rgb[i] - image.rgb[i]);
  EXPECT_LT(sum / static_cast<double>(back.rgb.size()), 2);
  const auto small = encode_image(image, ImageFormat::jpeg, {30});
  EXPECT_LT(small->size(), encode_image(image, ImageFormat::jpeg)->size());
}

// Noise cannot be packed; its file is larger than its pixels.
TEST_F(WrittenImage, PngOfNoiseAndOfOnePixel) {
  Image noise(301, 97);
  uint32_t state = 1;
  for (uint8_t& value : noise.rgb) {
    value = static_cast<uint8_t>((state = state * 1664525 + 1013904223) >> 24);
  }
  Image dot(1, 1);
  dot.rgb = {1, 2, 3};
  Image tall(1, 3000);
  for (const Image& image : {noise, dot, tall}) {
    const auto file = encode_image(image, ImageFormat::png);
    ASSERT_TRUE(file) << file.error().text();
    EXPECT_EQ(decode_image(as_bytes(*file))->rgb, image.rgb);
  }
}

TEST(WrittenImageErrors, UnknownEndingsAndEmptyPictures) {
  EXPECT_EQ(write_image("/tmp/a.gif", gradient(2, 2)).error().code, Code::invalid_argument);
  EXPECT_EQ(write_image("/tmp/a", gradient(2, 2)).error().code, Code::invalid_argument);
  EXPECT_EQ(encode_image(Image(), ImageFormat::png).error().code, Code::invalid_argument);
}

TEST(Image, GrayPicturesKeepTheirNumbersInOneByteAPixel) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() + "/mask.png";
  const GrayImage gray{3, 2, {0, 1, 7, 80, 254, 255}};
  const auto written = write_gray_png(path, gray);
  if (!written && written.error().code == Code::unsupported) GTEST_SKIP() << "no libpng";
  ASSERT_TRUE(written) << written.error().text();
  const auto bytes = read_file(path, 1 << 20);
  ASSERT_TRUE(bytes);
  EXPECT_EQ((*bytes)[24], 8);  // IHDR: bits a sample
  EXPECT_EQ((*bytes)[25], 0);  // and gray alone
  const auto read = read_image(path);
  ASSERT_TRUE(read) << read.error().text();
  for (size_t i = 0; i < gray.levels.size(); ++i) EXPECT_EQ(read->rgb[3 * i], gray.levels[i]);
  EXPECT_FALSE(write_gray_png(folder.path() + "/mask.jpg", gray));
}

}  // namespace
}  // namespace hone
