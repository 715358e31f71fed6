#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ir/graph.h"
#include "ops/conv/op.h"
#include "ops/pad/op.h"
#include "ops/pool/op.h"
#include "ops/quantized_conv/op.h"
#include "ops/shape_rules.h"
#include "ops/unary/op.h"
#include "passes/fold.h"
#include "passes/fuse.h"
#include "reference/interpret.h"
#include "tensor/encode.h"

namespace hone::passes {
namespace {

using namespace ir;

constexpr int64_t kChannels = 2, kHeight = 5, kWidth = 6;

ValueId constant(Graph& graph, std::string_view name, DType dtype, Shape shape, double factor) {
  const auto count = static_cast<size_t>(Dims(shape, {}).elements());
  const auto size = static_cast<size_t>(info(dtype).block_bytes);
  auto bytes = std::make_shared<std::vector<std::byte>>(count * size);
  for (size_t i = 0; i < count; ++i) {
    encode_element(dtype, factor * (static_cast<double>(i * 37 % 19) - 9),
                   bytes->data() + i * size);
  }
  return graph.add_owned(name, {dtype, std::move(shape)}, bytes);
}

ValueId scalar(Graph& graph, std::string_view name, DType dtype, double value) {
  const auto bytes = bytes_of_scalar(dtype, value);
  return graph.add_owned(name, {dtype, {}}, std::make_shared<std::vector<std::byte>>(bytes));
}

HostTensor result_of(const Graph& graph) {
  const Value& input = graph.values[0];
  HostTensor x{.dtype = input.type.tensor.dtype, .shape = {}, .data = {}};
  for (const Dim& dim : input.type.tensor.shape) x.shape.push_back(dim.value());
  for (int i = 0; i < kChannels * kHeight * kWidth; ++i) x.data.push_back(i * 53 % 101 - 50);
  HostStates none;
  return interpret(graph, {{"x", x}}, none).value().at(graph[graph.outputs[0]].name);
}

// x [1, C, H, W] (or channels last), padded, and what `build` puts behind it.
template <class Build>
Graph graph_of(DType dtype, bool last, std::vector<int64_t> pads, double value, Build build) {
  Builder b;
  const Shape shape =
      last ? Shape{1, kHeight, kWidth, kChannels} : Shape{1, kChannels, kHeight, kWidth};
  const ValueId x = b.graph().add_input("x", TensorType{dtype, shape});
  const ValueId fill = scalar(b.graph(), "fill", dtype, value);
  const ValueId padded = b("pad", "pad", {x, {}, fill, {}}, PadAttrs{.pads = std::move(pads)});
  b.graph().outputs = {build(b, padded)};
  return std::move(b).finish().value();
}

void expect_nodes(const Graph& graph, size_t left) {
  const Graph fused = drop_dead(fuse_pad(graph, {}).value(), {}).value();
  EXPECT_EQ(fused.nodes.size(), left);
  const HostTensor expected = result_of(graph), actual = result_of(fused);
  EXPECT_EQ(actual.shape, expected.shape);
  ASSERT_EQ(actual.data.size(), expected.data.size());
  for (size_t i = 0; i < actual.data.size(); ++i) {
    if (actual.data[i] == expected.data[i]) continue;  // infinities, too
    EXPECT_NEAR(actual.data[i], expected.data[i], 1e-5 * std::fabs(expected.data[i])) << i;
  }
}

Graph conv_graph(std::vector<int64_t> pads, double value, WindowAttrs window) {
  return graph_of(DType::f32, false, std::move(pads), value, [&](Builder& b, ValueId x) {
    const ValueId w = constant(b.graph(), "w", DType::f32, {3, kChannels, 3, 3}, 0.1);
    return b("conv", "conv", {x, w, {}, {}}, ConvAttrs{.window = std::move(window)});
  });
}

const std::vector<int64_t> kSpatial = {0, 0, 0, 1, 0, 0, 2, 1};

TEST(FusePad, ConvPadsByItself) {
  expect_nodes(conv_graph(kSpatial, 0, {}), 1);
  expect_nodes(conv_graph(kSpatial, 0, {.strides = {2, 2}, .pads = {1, 0, 0, 1}}), 1);
  expect_nodes(conv_graph(kSpatial, 0, {.pad = WindowAttrs::Pad::valid}), 1);
}

TEST(FusePad, ConvOfOtherPaddingStays) {
  expect_nodes(conv_graph(kSpatial, 1, {}), 2);
  expect_nodes(conv_graph({0, 0, 0, -1, 0, 0, 2, 1}, 0, {}), 2);
  expect_nodes(conv_graph(kSpatial, 0, {.pad = WindowAttrs::Pad::same_upper}), 2);
  expect_nodes(conv_graph({1, 0, 0, 1, 0, 0, 2, 1}, 0, {}), 2);
}

Graph codes_graph(std::vector<int64_t> pads, double value) {
  return graph_of(DType::i8, true, std::move(pads), value, [&](Builder& b, ValueId x) {
    const ValueId w = constant(b.graph(), "w", DType::i8, {3, 3, 3, kChannels}, 1);
    const ValueId scale = constant(b.graph(), "scale", DType::f32, {3}, 0.001);
    return b("quantized_conv", "conv", {x, w, scale, {}}, QuantizedConvAttrs{.x_zero = -7});
  });
}

TEST(FusePad, ConvOfCodesPadsWithItsZeroPoint) {
  expect_nodes(codes_graph({0, 0, 1, 0, 0, 1, 1, 0}, -7), 1);
  expect_nodes(codes_graph({0, 0, 1, 0, 0, 1, 1, 0}, 0), 2);
  expect_nodes(codes_graph({0, 0, 1, 1, 0, 1, 1, -1}, -7), 2);
}

Graph pool_graph(double value, PoolAttrs attrs, bool relu = false) {
  Graph graph = graph_of(DType::f32, false, kSpatial, value, [&](Builder& b, ValueId x) {
    return b("pool", "pool", {x}, std::move(attrs));
  });
  if (!relu) return graph;
  Builder b;
  const ValueId x = b.graph().add_input("x", graph.values[0].type.tensor);
  const ValueId fill = scalar(b.graph(), "fill", DType::f32, value);
  const ValueId positive = b("unary", "relu", {x}, UnaryAttrs{UnaryKind::relu});
  const ValueId padded = b("pad", "pad", {positive, {}, fill, {}}, PadAttrs{.pads = kSpatial});
  b.graph().outputs = {b("pool", "pool", {padded}, graph.nodes.back().attrs)};
  return std::move(b).finish().value();
}

TEST(FusePad, AMeanCountsZeros) {
  using Kind = PoolAttrs::Kind;
  expect_nodes(pool_graph(0, {.kind = Kind::average, .kernel = {3, 2}}), 1);
  expect_nodes(pool_graph(1, {.kind = Kind::average, .kernel = {3, 2}}), 2);
  const WindowAttrs padded{.pads = {1, 0, 1, 0}};
  expect_nodes(pool_graph(0, {.kind = Kind::average, .kernel = {3, 2}, .window = padded}), 2);
  expect_nodes(pool_graph(0, {.kind = Kind::average, .kernel = {3, 2}, .ceil = true}), 2);
}

TEST(FusePad, TheLargestIsNotOfThePadding) {
  expect_nodes(pool_graph(-INFINITY, {.kernel = {3, 2}}), 1);
  expect_nodes(pool_graph(0, {.kernel = {3, 2}}, true), 2);
  expect_nodes(pool_graph(0, {.kernel = {3, 2}}), 2);
  expect_nodes(pool_graph(-INFINITY, {.kernel = {2, 2}}), 2);  // a window of padding alone
}

TEST(FusePad, WhatOthersReadStays) {
  Graph graph = conv_graph(kSpatial, 0, {});
  graph.outputs.push_back(graph.nodes[0].results[0]);
  expect_nodes(graph, 2);
}

}  // namespace
}  // namespace hone::passes
