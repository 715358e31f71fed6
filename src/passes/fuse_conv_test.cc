#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "ops/binary/op.h"
#include "ops/conv/op.h"
#include "passes/fuse.h"
#include "reference/interpret.h"

namespace hone::passes {
namespace {

using namespace ir;

constexpr int64_t kChannels = 3, kSize = 5;

std::vector<float> numbers(size_t count, float seed) {
  std::vector<float> values;
  for (size_t i = 0; i < count; ++i) {
    values.push_back(std::sin(seed + 1.7f * static_cast<float>(i)));
  }
  return values;
}

ValueId constant(Graph& graph, std::string_view name, Shape shape, float seed) {
  const auto count = static_cast<size_t>(Dims(shape, {}).elements());
  const std::vector<float> values = numbers(count, seed);
  auto bytes = std::make_shared<std::vector<std::byte>>(count * sizeof(float));
  std::memcpy(bytes->data(), values.data(), bytes->size());
  return graph.add_owned(name, {DType::f32, std::move(shape)}, bytes);
}

HostTensor result_of(const Graph& graph) {
  HostTensor x{.dtype = DType::f32, .shape = {1, kChannels, kSize, kSize}, .data = {}};
  for (const float v : numbers(kChannels * kSize * kSize, 0.3f)) {
    x.data.push_back(static_cast<double>(v));
  }
  HostStates none;
  return interpret(graph, {{"x", x}}, none).value().at(graph[graph.outputs[0]].name);
}

// A conv with what `build` puts behind it.
template <class Build>
Graph graph_of(Build build) {
  Builder b;
  const Shape shape{Dim(1), Dim(kChannels), Dim(kSize), Dim(kSize)};
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, shape});
  const ValueId w = constant(b.graph(), "w", {Dim(kChannels), Dim(kChannels), Dim(3), Dim(3)}, 1);
  const ValueId bias = constant(b.graph(), "bias", {Dim(kChannels)}, 2);
  const ConvAttrs attrs{.window = {.pads = {1, 1, 1, 1}}};
  const ValueId conv = b("conv", "conv", {x, w, bias}, attrs);
  b.graph().outputs = {build(b, conv, x)};
  return std::move(b).finish().value();
}

// The same numbers from `left` nodes.
void expect_fused(const Graph& graph, size_t left) {
  const Graph fused = fuse_conv(graph, {}).value();
  EXPECT_EQ(fused.nodes.size(), left);
  EXPECT_EQ(fused[fused.outputs[0]].name, graph[graph.outputs[0]].name);
  const HostTensor expected = result_of(graph), actual = result_of(fused);
  ASSERT_EQ(actual.data.size(), expected.data.size());
  for (size_t i = 0; i < actual.data.size(); ++i) {
    ASSERT_NEAR(actual.data[i], expected.data[i], 1e-5);
  }
}

ValueId two(Builder& b, BinaryKind kind, std::string_view name, ValueId x, ValueId y) {
  return b("binary", name, {x, y}, BinaryAttrs{kind});
}

TEST(FuseConv, FactorsAndSummandsAChannelGoIntoTheWeights) {
  expect_fused(graph_of([](Builder& b, ValueId conv, ValueId) {
                 const Shape by_channel{Dim(kChannels), Dim(1), Dim(1)};
                 const ValueId by = constant(b.graph(), "by", by_channel, 3);
                 const ValueId shift = constant(b.graph(), "shift", by_channel, 4);
                 const ValueId one = constant(b.graph(), "one", {}, 5);
                 const ValueId scaled = two(b, BinaryKind::mul, "scaled", by, conv);
                 const ValueId shifted = two(b, BinaryKind::add, "shifted", scaled, shift);
                 return two(b, BinaryKind::sub, "y", shifted, one);
               }),
               1);
}

TEST(FuseConv, ResidualAndBoundsGoIntoTheEpilogue) {
  expect_fused(graph_of([](Builder& b, ValueId conv, ValueId x) {
                 const ValueId low = constant(b.graph(), "low", {}, -0.2f);
                 const ValueId high = constant(b.graph(), "high", {}, 0.7f);
                 const ValueId sum = two(b, BinaryKind::add, "sum", x, conv);
                 const ValueId most = two(b, BinaryKind::max, "most", sum, low);
                 return two(b, BinaryKind::min, "y", most, high);
               }),
               1);
}

TEST(FuseConv, AResidualBehindTheActivationStaysBehindIt) {
  expect_fused(graph_of([](Builder& b, ValueId conv, ValueId x) {
                 const ValueId low = constant(b.graph(), "low", {}, -0.2f);
                 const ValueId most = two(b, BinaryKind::max, "most", conv, low);
                 return two(b, BinaryKind::add, "y", most, x);
               }),
               1);
}

TEST(FuseConv, SlopesAChannelGoIntoTheEpilogue) {
  expect_fused(graph_of([](Builder& b, ValueId conv, ValueId x) {
                 const Shape by_channel{Dim(kChannels), Dim(1), Dim(1)};
                 const ValueId slope = constant(b.graph(), "slope", by_channel, 3);
                 const ValueId sum = two(b, BinaryKind::add, "sum", conv, x);
                 return two(b, BinaryKind::prelu, "y", sum, slope);
               }),
               1);
}

TEST(FuseConv, ASlopeFromTheConvItselfStays) {
  expect_fused(graph_of([](Builder& b, ValueId conv, ValueId x) {
                 return two(b, BinaryKind::prelu, "y", x, conv);
               }),
               2);
}

TEST(FuseConv, WhatIsNotOfOneChannelStays) {
  expect_fused(graph_of([](Builder& b, ValueId conv, ValueId) {
                 const ValueId by_row = constant(b.graph(), "by", {Dim(kSize), Dim(1)}, 3);
                 return two(b, BinaryKind::mul, "y", conv, by_row);
               }),
               2);
}

TEST(FuseConv, FactorsBehindAnActivationStay) {
  expect_fused(graph_of([](Builder& b, ValueId conv, ValueId) {
                 const ValueId low = constant(b.graph(), "low", {}, -0.2f);
                 const ValueId most = two(b, BinaryKind::max, "most", conv, low);
                 return two(b, BinaryKind::mul, "y", most, low);
               }),
               2);
}

}  // namespace
}  // namespace hone::passes
