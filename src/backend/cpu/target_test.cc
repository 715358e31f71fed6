#include "backend/cpu/target.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tensor/layout/x16.h"

namespace hone {
namespace {

TEST(CpuTarget, WantsIntegersForEveryDTypeThatHasALayout) {
  const TargetDesc target = cpu_target();
  EXPECT_EQ(target.quantized_matmul.size(), x16_layouts().size());
  for (const DType dtype : target.quantized_matmul) {
    const Layout* layout = find_layout(target.matmul_layout(dtype));
    ASSERT_NE(layout, nullptr) << name_of(dtype);
    EXPECT_EQ(layout->dtype, dtype);
  }
  for (const DType dtype : target.canonical_matmul) {
    EXPECT_NE(std::ranges::find(target.quantized_matmul, dtype), target.quantized_matmul.end());
  }
}

}  // namespace
}  // namespace hone
