// Maps as PyPI flatbuffers 25.12.19 writes them: fx.Builder().Map() with Key and Int, Float, ...
#include "frontend/tflite/flexbuffer.h"

#include <gtest/gtest.h>

#include <vector>

namespace hone::tflite::flexbuffer {
namespace {

std::vector<std::byte> from_hex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::byte> bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(digit(text[i]) * 16 + digit(text[i + 1])));
  }
  return bytes;
}

// {max_detections: 10, big: -70000, y_scale: 10.5, use_regular_nms: true, far: indirect 0.25}
constexpr std::string_view kWide =
    "6d61785f646574656374696f6e730062696700795f7363616c65007573655f726567756c61725f6e6d730066617200"
    "000000803e05260b371d26000007000000010000000500000090eefeff1c0000000a00000001000000000028410622"
    "066a0e192601";
constexpr std::string_view kNarrow = "61006200020504020102fdc80408042401";  // {a: -3, b: 200}

TEST(FlexBuffer, NumbersOfAMapAreFoundByName) {
  const auto wide = from_hex(kWide), narrow = from_hex(kNarrow);
  const Map map{wide}, small{narrow};
  EXPECT_EQ(map.number("max_detections"), 10);
  EXPECT_EQ(map.number("big"), -70000);
  EXPECT_EQ(map.number("y_scale"), 10.5);
  EXPECT_EQ(map.number("use_regular_nms"), 1);
  EXPECT_EQ(map.number("far"), 0.25);
  EXPECT_EQ(map.number("none"), std::nullopt);
  EXPECT_EQ(small.number("a"), -3);
  EXPECT_EQ(small.number("b"), 200);
}

// Whatever the bytes, nothing outside of them is read (the sanitizers watch).
TEST(FlexBuffer, BrokenMapsHaveNoNumbersOrOthers) {
  for (const std::string_view text : {kWide, kNarrow}) {
    const auto whole = from_hex(text);
    for (size_t size = 0; size < whole.size(); ++size) {
      const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<long>(size));
      (void)Map(cut).number("b");
    }
    for (size_t at = 0; at < whole.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        std::vector<std::byte> broken = whole;
        broken[at] = static_cast<std::byte>(value);
        (void)Map(broken).number("far");
      }
    }
  }
}

}  // namespace
}  // namespace hone::tflite::flexbuffer
