// Passes follow whatever target they are given; this program links no back end.
#include <gtest/gtest.h>

#include "ir/text.h"
#include "passes/pipeline.h"
#include "passes/plan.h"

namespace hone::passes {
namespace {

constexpr std::string_view kGraph = R"(graph g
symbol n 1:1:8
input %x : f32[n, 32]
const %w : q4_1[16, 32]
%y = matmul(%x, %w)
output %y
)";

std::string planned(const TargetDesc& target) {
  const auto graph = run_pipeline(ir::parse_text(kGraph).value(), target);
  if (!graph) return graph.error().text();
  const auto plan = make_plan(*graph, target);
  return plan ? to_text(*plan) : plan.error().text();
}

TEST(Target, ThatWantsNothingGetsTheGraphAsItIs) {
  EXPECT_EQ(planned({}), "0: matmul y <- x w[canonical]\n");
}

TEST(Target, NamesTheDTypesAndTheLayout) {
  TargetDesc target;
  target.quantized_matmul = {DType::q4_1};
  target.matmul_layout = [](DType) -> std::string_view { return "q4_1.invented.v9"; };
  EXPECT_EQ(planned(target),
            "0: quantize_rows x.q8 <- x\n"
            "1: matmul y <- x.q8 w[q4_1.invented.v9]\n");
  target.quantized_matmul = {DType::q4_0};
  EXPECT_EQ(planned(target), "0: matmul y <- x w[canonical]\n");
}

}  // namespace
}  // namespace hone::passes
