#include "passes/fold.h"

#include <gtest/gtest.h>

#include "ops/binary/op.h"
#include "ops/concat/op.h"
#include "ops/reshape/op.h"
#include "ops/shape/op.h"

namespace hone::passes {
namespace {

using namespace ir;

// Stands for a back end: results are filled with a number that tells how often it was asked.
TargetDesc counting_target() {
  TargetDesc target;
  target.evaluate = [](const OpDef&, const Attrs&, std::span<const ConstView>,
                       std::span<const BoundType> results) -> Expected<std::vector<Tensor>> {
    std::vector<Tensor> made;
    for (const BoundType& type : results) {
      HONE_TRY(Tensor tensor, Tensor::allocate(type.dtype, type.dims));
      made.push_back(std::move(tensor));
    }
    return made;
  };
  return target;
}

Graph constants_and_input() {
  Builder b;
  const std::vector<float> numbers(16, 1.0f);
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {Dim(4), Dim(16)}});
  const ValueId first = b.graph().add_floats("first", numbers);
  const ValueId second = b.graph().add_floats("second", numbers);
  b.graph().add_floats("never_read", numbers);
  const ValueId sum = b("binary", "sum", {first, second}, BinaryAttrs{BinaryKind::add});
  const ValueId y = b("binary", "y", {x, sum}, BinaryAttrs{BinaryKind::mul});
  b("binary", "unread", {x, x}, BinaryAttrs{BinaryKind::add});
  b.graph().outputs = {y};
  return std::move(b).finish().value();
}

TEST(Fold, WhatFollowsFromConstantsIsAConstant) {
  const Graph folded = fold_constants(constants_and_input(), counting_target()).value();
  const ValueId sum = folded.find("sum");
  ASSERT_TRUE(sum);
  EXPECT_EQ(folded[sum].kind, ValueKind::constant);
  EXPECT_EQ(folded.nodes.size(), 2u);
  EXPECT_EQ(folded[folded.outputs[0]].name, "y");
}

TEST(Fold, WithoutATargetThatComputesNothingIsFolded) {
  EXPECT_EQ(fold_constants(constants_and_input(), {}).value().nodes.size(), 3u);
}

TEST(Fold, TheShapeOfAnInputIsAConstantIfItIsStatic) {
  Builder b;
  const Dim n = b.graph().add_symbol({.name = "n", .min = 1, .opt = 1, .max = 8});
  const ValueId fixed = b.graph().add_input("fixed", TensorType{DType::f32, {Dim(4)}});
  const ValueId open = b.graph().add_input("open", TensorType{DType::f32, {n}});
  b.graph().outputs = {b("shape", "known", {fixed}, ShapeAttrs{}),
                       b("shape", "unknown", {open}, ShapeAttrs{})};
  const Graph folded = fold_constants(std::move(b).finish().value(), counting_target()).value();
  EXPECT_EQ(folded[folded.find("known")].kind, ValueKind::constant);
  EXPECT_EQ(folded[folded.find("unknown")].kind, ValueKind::result);
}

TEST(Fold, AConstantDoesNotGrowWithoutBound) {
  Builder b;
  const std::vector<float> row(1024, 1.0f);
  const ValueId a = b.graph().add_floats("a", row);
  const ValueId wide = b("reshape", "wide", {a}, ReshapeAttrs{{1024, 1}});
  b.graph().outputs = {b("binary", "square", {wide, a}, BinaryAttrs{BinaryKind::mul})};
  const Graph folded = fold_constants(std::move(b).finish().value(), counting_target()).value();
  EXPECT_EQ(folded[folded.find("wide")].kind, ValueKind::constant);
  EXPECT_EQ(folded[folded.find("square")].kind, ValueKind::result);
}

TEST(Fold, AChainOfDoublingsEndsInTime) {
  Builder b;
  const std::vector<float> row(1 << 14, 1.0f);
  ValueId last = b.graph().add_floats("row", row);
  for (int i = 0; i < 14; ++i) {  // to 1 GiB
    last = b("concat", cat("twice_", i), {last, last}, ConcatAttrs{0});
  }
  b.graph().outputs = {last};
  const Graph folded = fold_constants(std::move(b).finish().value(), counting_target()).value();
  EXPECT_EQ(folded[folded.find("twice_0")].kind, ValueKind::constant);
  EXPECT_EQ(folded[folded.outputs[0]].kind, ValueKind::result);
  size_t bytes = 0;
  for (const Value& value : folded.values) bytes += value.constant.bytes.size();
  EXPECT_LT(bytes, size_t{65} << 20);
}

TEST(DropDead, WhatNoOutputReadsGoes) {
  const Graph kept = drop_dead(constants_and_input(), {}).value();
  EXPECT_EQ(kept.nodes.size(), 2u);
  EXPECT_FALSE(kept.find("never_read"));
  EXPECT_FALSE(kept.find("unread"));
  EXPECT_TRUE(kept.find("x"));
}

}  // namespace
}  // namespace hone::passes
