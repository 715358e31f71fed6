#include "tensor/layout/layout.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace hone {
namespace {

class LayoutTest : public testing::TestWithParam<size_t> {};

TEST_P(LayoutTest, EveryRowComesBackUnchanged) {
  const Layout& layout = all_layouts()[GetParam()];
  std::mt19937 random(7);
  for (const int64_t rows : {1, 16, 37}) {
    const int64_t columns = 2 * layout.column_multiple;
    const auto stride = static_cast<size_t>(row_bytes(layout.dtype, columns));
    std::vector<std::byte> canonical(stride * static_cast<size_t>(rows));
    for (std::byte& byte : canonical) byte = static_cast<std::byte>(random());
    std::vector<std::byte> packed(static_cast<size_t>(layout.packed_bytes(rows, columns)),
                                  std::byte{0xee});
    const int64_t panels = (rows + layout.panel_rows - 1) / layout.panel_rows;
    layout.pack(canonical, rows, columns, 0, 1, packed);
    layout.pack(canonical, rows, columns, 1, panels, packed);
    std::vector<std::byte> row(stride);
    for (int64_t r = 0; r < rows; ++r) {
      layout.unpack_row(packed, rows, columns, r, row.data());
      ASSERT_TRUE(std::equal(row.begin(), row.end(),
                             canonical.begin() + static_cast<ptrdiff_t>(stride) * r))
          << layout.id << " row " << r << " of " << rows;
    }
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

TEST(Layout, IdsAreFoundAndUnknownOnesAreNot) {
  for (const Layout& layout : all_layouts()) EXPECT_EQ(find_layout(layout.id), &layout);
  EXPECT_EQ(find_layout("q4_1.x32.v9"), nullptr);
  EXPECT_EQ(matmul_layout(DType::f32), kCanonicalLayout);
  EXPECT_EQ(matmul_layout(DType::q4_1), "q4_1.x16.v1");
}

}  // namespace
}  // namespace hone
