#include "layers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/binary/op.h"
#include "ops/list.h"
#include "ops/quantize/op.h"
#include "ops/transpose/op.h"
#include "ops/unary/op.h"

namespace hone::cli {
namespace {

using ::testing::ElementsAre;

Layer layer(std::string name, std::string op, Shape shape) {
  return {std::move(name), std::move(op), std::move(shape), {}, {}};
}

std::vector<std::string> names_of(const std::vector<Layer>& layers) {
  std::vector<std::string> names;
  for (const Layer& one : layers) names.push_back(one.name);
  return names;
}

TEST(Layers, AreWhatDependsOnTheInputsAndIsReal) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", TensorType{DType::f32, {Dim(4)}});
  const ir::ValueId one = graph.add_floats("one", std::vector<float>{1});
  const OpDef &unary = *find_op("unary"), &binary = *find_op("binary");
  const auto a = *graph.add_node(unary, "a", UnaryAttrs{UnaryKind::relu}, {x});
  const auto weight = *graph.add_node(unary, "weight", UnaryAttrs{UnaryKind::exp}, {one});
  const auto b = *graph.add_node(binary, "b", BinaryAttrs{BinaryKind::add}, {a[0], weight[0]});
  const auto c = *graph.add_node(binary, "c", BinaryAttrs{BinaryKind::mul}, {b[0], a[0]});
  graph.outputs = {c[0]};
  const std::vector<Layer> layers = list_layers(graph);
  EXPECT_THAT(names_of(layers), ElementsAre("a", "b", "c"));
  EXPECT_THAT(layers[1].sources, ElementsAre(0));
  EXPECT_THAT(layers[2].sources, ElementsAre(1, 0));
}

// As importers make it of one operator that moves its operand, computes, and rounds to codes.
TEST(Layers, WhatAnImporterAddsIsPartOfItsTensor) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", TensorType{DType::f32, {Dim(2), Dim(3)}});
  const ir::ValueId scale = graph.add_floats("scale", std::vector<float>{0.5f});
  const auto moved =
      *graph.add_node(*find_op("transpose"), "y/transpose", TransposeAttrs{.perm = {1, 0}}, {x});
  const auto made =
      *graph.add_node(*find_op("unary"), "y/unary", UnaryAttrs{UnaryKind::exp}, moved);
  const auto codes =
      *graph.add_node(*find_op("quantize"), "y", QuantizeAttrs{}, {made[0], scale, ir::ValueId{}});
  const auto real =
      *graph.add_node(*find_op("dequantize"), "z/dequantize",
                      find_op("dequantize")->default_attrs(), {codes[0], scale, ir::ValueId{}});
  graph.outputs = real;
  const std::vector<Layer> layers = list_layers(graph);
  ASSERT_THAT(names_of(layers), ElementsAre("y"));
  EXPECT_EQ(layers[0].value, real[0]);
  EXPECT_EQ(layers[0].op, "unary");
}

TEST(Layers, AxesMayLieInAnotherOrder) {
  const Shape first{1, 3, 8, 9}, last{1, 8, 9, 3};
  EXPECT_EQ(axis_order(first, first), AxisOrder::same);
  EXPECT_EQ(axis_order(first, last), AxisOrder::b_channels_last);
  EXPECT_EQ(axis_order(last, first), AxisOrder::b_channels_first);
  EXPECT_FALSE(axis_order(first, Shape{1, 3, 9, 8}));
  EXPECT_FALSE(axis_order(first, Shape{3, 8, 9}));
  EXPECT_EQ(axis_order(std::nullopt, first), AxisOrder::same);
  EXPECT_EQ(axis_order(Shape{Dim::unknown(), 3}, Shape{7, 3}), AxisOrder::same);
}

TEST(Layers, AreMatchedByNameWhateverTheirOrder) {
  const std::vector<Layer> a = {layer("p", "conv", {1, 4}), layer("q", "unary", {1, 4})};
  const std::vector<Layer> b = {layer("q", "unary", {1, 4}), layer("p", "conv", {1, 4})};
  EXPECT_THAT(match_layers(a, b), ElementsAre(LayerPair{0, 1}, LayerPair{1, 0}));
  const std::vector<Layer> other = {layer("q", "unary", {1, 5}), layer("p", "conv", {1, 4})};
  EXPECT_THAT(match_layers(a, other), ElementsAre(LayerPair{0, 1}));
}

// ONNX Runtime's quantizer drops a Clip that the rounding does: "clip" itself is then not clamped.
TEST(Layers, AQuantizedLayerIsTheOneBehindItsRounding) {
  const std::vector<Layer> a = {layer("clip", "binary", {1, 4})};
  const std::vector<Layer> b = {layer("clip", "conv", {1, 4}),
                                layer("clip_QuantizeLinear_Output", "conv", {1, 4})};
  EXPECT_THAT(match_layers(a, b), ElementsAre(LayerPair{0, 1}));
}

TEST(Layers, WithoutCommonNamesOrderShapeAndOpDecide) {
  const std::vector<Layer> a = {layer("a1", "conv", {1, 8, 4, 4}),
                                layer("a2", "unary", {1, 8, 4, 4}),
                                layer("a3", "conv", {1, 16, 2, 2}), layer("a4", "reduce", {1, 16})};
  const std::vector<Layer> b = {layer("b1", "conv_integer", {1, 4, 4, 8}),
                                layer("b2", "conv_integer", {1, 2, 2, 16}),
                                layer("b3", "pad", {1, 7}), layer("b4", "reduce", {1, 16})};
  EXPECT_THAT(match_layers(a, b), ElementsAre(LayerPair{0, 0}, LayerPair{2, 1}, LayerPair{3, 3}));
}

TEST(Layers, WhatCannotBeTheSameIsNotJoined) {
  const std::vector<Layer> a = {layer("a1", "conv", {1, 8, 4, 4}), layer("12", "conv", {1, 8}),
                                layer("13", "reduce", {1, 8})};
  const std::vector<Layer> b = {layer("b1", "softmax", {1, 8, 4, 4}),
                                layer("12", "softmax", {1, 8}), layer("13", "reduce", {1, 8})};
  EXPECT_THAT(match_layers(a, b), ElementsAre(LayerPair{2, 2}));
}

}  // namespace
}  // namespace hone::cli
