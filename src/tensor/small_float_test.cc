#include "tensor/small_float.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "base/bytes.h"
#include "base/file.h"

namespace hone {
namespace {

struct Named {
  std::string_view name;
  SmallFloat format;
};

// In the order of tools/make_codec_goldens.py.
constexpr Named kFormats[] = {{"f8_e4m3fn", kF8E4m3fn}, {"f8_e4m3fnuz", kF8E4m3fnuz},
                              {"f8_e5m2", kF8E5m2},     {"f8_e5m2fnuz", kF8E5m2fnuz},
                              {"f6_e2m3", kF6E2m3},     {"f6_e3m2", kF6E3m2},
                              {"f4_e2m1", kF4E2m1}};

// Where the code is a NaN, any NaN of the format will do.
void expect_code(const SmallFloat& format, uint8_t got, uint8_t wanted, float value) {
  if (std::isnan(small_to_f32(format, wanted)) && std::isnan(small_to_f32(format, got))) return;
  EXPECT_EQ(int{got}, int{wanted}) << value;
}

TEST(SmallFloat, EncodesAsTheReferences) {
  const auto content =
      read_file(cat(HONE_SOURCE_DIR, "/src/tensor/codec/testdata/small_floats.golden"));
  ASSERT_TRUE(content);
  ByteReader reader(as_bytes(*content));
  for (const auto& [name, format] : kFormats) {
    SCOPED_TRACE(name);
    const uint32_t count = reader.u32();
    EXPECT_GT(count, 200u);
    for (uint32_t i = 0; i < count; ++i) {
      const auto value = reader.read<float>();
      expect_code(format, f32_to_small(format, value, Overflow::special), reader.u8(), value);
      expect_code(format, f32_to_small(format, value, Overflow::saturate), reader.u8(), value);
    }
  }
  const uint32_t count = reader.u32();
  EXPECT_GT(count, 200u);
  for (uint32_t i = 0; i < count; ++i) {
    const auto value = reader.read<float>();
    for (const auto way : {ScaleRounding::up, ScaleRounding::down, ScaleRounding::nearest}) {
      EXPECT_EQ(int{f32_to_e8m0(value, way, Overflow::saturate)}, int{reader.u8()}) << value;
    }
  }
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(SmallFloat, EveryNumberComesBack) {
  for (const auto& [name, format] : kFormats) {
    for (int code = 0; code < 1 << (1 + format.exponent_bits + format.mantissa_bits); ++code) {
      const float value = small_to_f32(format, static_cast<uint8_t>(code));
      if (std::isnan(value)) continue;
      EXPECT_EQ(int{f32_to_small(format, value, Overflow::special)}, code) << name << " " << value;
    }
  }
  for (int code = 0; code < 255; ++code) {
    const float value = e8m0_to_f32(static_cast<uint8_t>(code));
    EXPECT_EQ(int{f32_to_e8m0(value, ScaleRounding::down, Overflow::special)}, code) << value;
  }
}

TEST(SmallFloat, ScalesBeyondTheLargestAreNanUnlessSaturated) {
  const float largest = std::numeric_limits<float>::max();
  EXPECT_EQ(f32_to_e8m0(largest, ScaleRounding::up, Overflow::special), 255);
  EXPECT_EQ(f32_to_e8m0(largest, ScaleRounding::up, Overflow::saturate), 254);
  EXPECT_EQ(f32_to_e8m0(largest, ScaleRounding::down, Overflow::special), 254);
}

}  // namespace
}  // namespace hone
