#include "tensor/dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tensor/float.h"

namespace hone {
namespace {

TEST(DType, TableIsInEnumOrderAndNamesAreUnique) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < all_dtypes().size(); ++i) {
    const DTypeInfo& type = all_dtypes()[i];
    EXPECT_EQ(static_cast<size_t>(type.dtype), i);
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    EXPECT_EQ(find_dtype(type.name), type.dtype);
  }
}

TEST(Float, EveryHalfSurvivesTheRoundTrip) {
  for (uint32_t half = 0; half <= 0xffff; ++half) {
    const float value = f16_to_f32(static_cast<uint16_t>(half));
    if (std::isnan(value)) continue;
    ASSERT_EQ(f32_to_f16(value), half) << value;
  }
}

#if defined(__aarch64__)
using CompilerHalf = __fp16;
#else
using CompilerHalf = _Float16;
#endif

TEST(Float, HalfRoundsToNearestEven) {
  // Independent oracle: the compiler's own conversion, over a sweep of float patterns.
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 40503) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(bits));
    if (std::isnan(value)) continue;
    const CompilerHalf expected = static_cast<CompilerHalf>(value);
    ASSERT_EQ(f32_to_f16(value), std::bit_cast<uint16_t>(expected)) << value;
  }
}

TEST(Float, BrainFloat) {
  EXPECT_EQ(f32_to_bf16(1.0f), 0x3f80);
  EXPECT_EQ(f32_to_bf16(std::bit_cast<float>(0x3f808000u)), 0x3f80);  // tie to even
  EXPECT_EQ(f32_to_bf16(std::bit_cast<float>(0x3f818000u)), 0x3f82);
  EXPECT_TRUE(std::isnan(bf16_to_f32(f32_to_bf16(NAN))));
}

}  // namespace
}  // namespace hone
