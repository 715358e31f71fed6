#include "tensor/layout/layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "tensor/view.h"

namespace hone {
namespace {

class LayoutTest : public testing::TestWithParam<size_t> {};

// Sizes that it takes: full and partial panels.
std::vector<Dims> sizes_of(const Layout& layout) {
  std::vector<Dims> all;
  for (const Dims& dims : {Dims{1, 1}, Dims{16, 512}, Dims{37, 512}, Dims{32, 70}, Dims{7, 3},
                           Dims{5, 6, 3, 3}, Dims{33, 4, 2, 1}, Dims{9, 1, 5}, Dims{0, 4}}) {
    if (layout.packed_bytes(dims) >= 0) all.push_back(dims);
  }
  return all;
}

TEST_P(LayoutTest, EveryRowComesBackUnchanged) {
  const Layout& layout = all_layouts()[GetParam()];
  std::mt19937 random(7);
  ASSERT_GE(sizes_of(layout).size(), 2u);
  for (const Dims& dims : sizes_of(layout)) {
    std::vector<std::byte> canonical(static_cast<size_t>(size_bytes(layout.dtype, dims)));
    for (std::byte& byte : canonical) byte = static_cast<std::byte>(random());
    std::vector<std::byte> made(static_cast<size_t>(layout.packed_bytes(dims)), std::byte{0xee});
    const int64_t panels = layout.panels(dims);
    layout.pack(canonical, dims, 0, std::min<int64_t>(1, panels), made);
    layout.pack(canonical, dims, std::min<int64_t>(1, panels), panels, made);
    EXPECT_TRUE(std::ranges::equal(made, packed(layout, canonical, dims))) << layout.id;
    EXPECT_TRUE(std::ranges::equal(unpacked(layout, made, dims), canonical)) << layout.id;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LayoutTest, testing::Range(size_t{0}, all_layouts().size()),
                         [](const auto& param) {
                           std::string name(all_layouts()[param.param].id);
                           for (char& c : name) {
                             if (c == '.') c = '_';
                           }
                           return name;
                         });

// A forged file may have such weights: they are stored in no bytes.
TEST(Layout, EmptyWeightsOfAbsurdSizesTakeNoTime) {
  for (const Layout& layout : all_layouts()) {
    for (const Dims& dims : {Dims{int64_t{1} << 62, 0}, Dims{INT64_MAX, 0}}) {
      if (layout.dtype != DType::f32 && layout.packed_bytes(dims) < 0) continue;
      if (is_block_quantized(layout.dtype)) continue;
      EXPECT_EQ(layout.packed_bytes(dims), 0) << layout.id;
      EXPECT_TRUE(unpacked(layout, {}, dims).empty());
    }
  }
}

TEST(Layout, IdsAreFoundAndUnknownOnesAreNot) {
  for (const Layout& layout : all_layouts()) EXPECT_EQ(find_layout(layout.id), &layout);
  EXPECT_EQ(find_layout("q4_1.x32.v9"), nullptr);
  EXPECT_EQ(matmul_layout(DType::f32), kCanonicalLayout);
  EXPECT_EQ(matmul_layout(DType::q4_1), "q4_1.x16.v1");
}

// What kernels count on, on small numbers.
TEST(Layout, PanelsHoldRowsOrColumnsSideBySide) {
  const std::vector<float> canonical = {1, 2, 3, 4, 5, 6};
  const Bytes bytes = std::as_bytes(std::span(canonical));
  const auto rows = packed(*find_layout("f32.rows6.v1"), bytes, Dims{3, 2});
  const std::vector<float> by_rows = {1, 3, 5, 0, 0, 0, 2, 4, 6, 0, 0, 0};
  EXPECT_TRUE(std::ranges::equal(rows, std::as_bytes(std::span(by_rows))));
  const auto columns = packed(*find_layout("f32.columns16.v1"), bytes, Dims{3, 2});
  std::vector<float> by_columns(3 * 16);
  for (size_t i = 0; i < 6; ++i) by_columns[i / 2 * 16 + i % 2] = canonical[i];
  EXPECT_TRUE(std::ranges::equal(columns, std::as_bytes(std::span(by_columns))));
}

TEST(Layout, CodesStandInFoursWithTheirSumsBehind) {
  std::vector<uint8_t> codes(2 * 5);
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<uint8_t>(0x80 + i);
  const Dims dims{2, 5};
  const auto made = packed(*find_layout("u8.codes16.v1"), std::as_bytes(std::span(codes)), dims);
  const auto code = [&](size_t at) { return static_cast<int>(made[at]); };
  ASSERT_EQ(made.size(), 16u * 8 + 16 * 4);
  EXPECT_EQ(code(3), 3);       // column 0, place 3
  EXPECT_EQ(code(4 + 1), 6);   // column 1, place 1
  EXPECT_EQ(code(64), 4);      // column 0, place 4
  EXPECT_EQ(code(64 + 1), 0);  // beyond the last
  int32_t sums[2];
  std::memcpy(sums, made.data() + 16 * 8, sizeof sums);
  EXPECT_EQ(sums[0], 0 + 1 + 2 + 3 + 4);
  EXPECT_EQ(sums[1], 5 + 6 + 7 + 8 + 9);
}

}  // namespace
}  // namespace hone
