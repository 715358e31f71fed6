#include "passes/input_shapes.h"

#include <gtest/gtest.h>

#include "ops/binary/op.h"
#include "ops/shape/op.h"

namespace hone::passes {
namespace {

using namespace ir;

constexpr int64_t kAny = INT64_MAX;

// y = x + x, and x's shape; x is f32[n, 3, ?].
Graph open_graph() {
  Builder b;
  const Dim n = b.graph().add_symbol({.name = "n", .min = 0, .opt = 1, .max = kAny});
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {n, 3, Dim::unknown()}});
  b.graph().outputs = {b("binary", "y", {x, x}, BinaryAttrs{BinaryKind::add}),
                       b("shape", "sizes", {x}, ShapeAttrs{})};
  return std::move(b).finish().value();
}

Expected<Graph> sized(std::string_view text) {
  HONE_TRY(const InputSizes sizes, parse_input_sizes(text));
  return with_input_sizes(open_graph(), {{sizes}});
}

std::string type_of_y(const Graph& graph) {
  return to_text(graph[graph.outputs[0]].type, graph.symbols);
}

TEST(InputSizes, TypesFollowFromTheInputs) {
  EXPECT_EQ(type_of_y(open_graph()), "f32[n, 3, ?]");
  const auto fixed = sized("x=2x3x5");
  ASSERT_TRUE(fixed) << fixed.error().text();
  EXPECT_EQ(type_of_y(*fixed), "f32[2, 3, 5]");
}

TEST(InputSizes, ARangeIsASymbolWithBounds) {
  const auto made = sized("x=1x3x4:2x3x4:8x3x4");
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(type_of_y(*made), "f32[x_0, 3, 4]");
  EXPECT_EQ(made->symbols.back(), (Symbol{"x_0", 1, 2, 8}));
}

TEST(InputSizes, ASymbolIsSizedByItsName) {
  const auto ranged = sized("n=1:1:512");
  ASSERT_TRUE(ranged) << ranged.error().text();
  EXPECT_EQ(ranged->symbols.front(), (Symbol{"n", 1, 1, 512}));
  EXPECT_EQ(type_of_y(*sized("n=7")), "f32[7, 3, ?]");
}

TEST(InputSizes, WhatDoesNotFitIsRefused) {
  const auto refusal = [](std::string_view text) {
    const auto made = sized(text);
    return made ? std::string("nothing") : made.error().text();
  };
  EXPECT_EQ(refusal("x=1x4x5"), "input 'x' is f32[n, 3, ?], which cannot be 1x4x5");
  EXPECT_EQ(refusal("x=1x3"), "input 'x' is f32[n, 3, ?], which cannot be 1x3");
  EXPECT_EQ(refusal("n=1x2"), "'n' is one size, not 2");
  EXPECT_EQ(refusal("xs=1x3x5"),
            "there is no input or open size 'xs'; did you mean 'x'? The model has: x, n");
  for (const std::string_view text :
       {"", "x", "=1", "x=", "x=1x", "x=-1", "x=1:2", "x=1:2x3:4", "x=1x1x1x1x1x1x1x1x1",
        "x=99999999999999999999", "x=1:2:3:4"}) {
    EXPECT_NE(refusal(text).find("gives no sizes"), std::string::npos) << text;
  }
  EXPECT_NE(refusal("n=3:2:1").find("must grow"), std::string::npos);
}

}  // namespace
}  // namespace hone::passes
