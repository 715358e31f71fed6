// Small graphs in place of files: what diff_models makes of a quantized, a moved and a broken twin.
#include "diff_models.h"

#include <gtest/gtest.h>

#include "ops/binary/op.h"
#include "ops/list.h"
#include "ops/quantize/op.h"
#include "ops/unary/op.h"

namespace hone::cli {
namespace {

ir::ValueId add(ir::Graph& graph, std::string_view op, std::string_view name, Attrs attrs,
                std::vector<ir::ValueId> operands) {
  const auto made = graph.add_node(*find_op(op), name, std::move(attrs), std::move(operands));
  EXPECT_TRUE(made) << made.error().text();
  return (*made)[0];
}

DiffSide side(ir::Graph graph) {
  DiffSide made;
  made.imported.interface.outputs = {graph[graph.outputs[0]].name};
  made.imported.graph = std::move(graph);
  made.settings = {.threads = 1};
  return made;
}

// h = 2x, y = h + `bias`
ir::Graph line(float bias) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", TensorType{DType::f32, {Dim(4)}});
  const ir::ValueId two = graph.add_floats("two", std::vector<float>{2});
  const ir::ValueId b = graph.add_floats("b", std::vector<float>{bias});
  const ir::ValueId h = add(graph, "binary", "h", BinaryAttrs{BinaryKind::mul}, {x, two});
  graph.outputs = {add(graph, "binary", "y", BinaryAttrs{BinaryKind::add}, {h, b})};
  return graph;
}

// The same with h rounded to multiples of `step`.
ir::Graph rounded_line(float step) {
  ir::Graph graph;
  const ir::ValueId x = graph.add_input("x", TensorType{DType::f32, {Dim(4)}});
  const ir::ValueId two = graph.add_floats("two", std::vector<float>{2});
  const ir::ValueId one = graph.add_floats("one", std::vector<float>{1});
  const ir::ValueId scale = graph.add_floats("scale", std::vector<float>{step});
  const ir::ValueId h = add(graph, "binary", "h", BinaryAttrs{BinaryKind::mul}, {x, two});
  const ir::ValueId codes =
      add(graph, "quantize", "h_quantized", QuantizeAttrs{.to = "i8"}, {h, scale, ir::ValueId{}});
  const ir::ValueId real =
      add(graph, "dequantize", "h/dequantize", find_op("dequantize")->default_attrs(),
          {codes, scale, ir::ValueId{}});
  graph.outputs = {add(graph, "binary", "y", BinaryAttrs{BinaryKind::add}, {real, one})};
  return graph;
}

DiffInputs same_inputs(const std::vector<double>& x) {
  const RunValue value(*tensor_of(x, DType::f32, {static_cast<int64_t>(x.size())}));
  return {{value}, {value}};
}

Expected<DiffReport> diff(const DiffSide& a, const DiffSide& b, const DiffInputs& inputs) {
  return diff_models(a, b, inputs, {.relative = 0.05, .jump = 5},
                     [](size_t, size_t) { return Status(); });
}

TEST(DiffModels, EqualModelsDoNotDiffer) {
  const auto report = diff(side(line(1)), side(line(1)), same_inputs({1, 2, 3, 4}));
  ASSERT_TRUE(report) << report.error().text();
  ASSERT_EQ(report->layers.size(), 2);
  EXPECT_EQ(report->layers[0].error.max_abs, 0);
  EXPECT_TRUE(report->layers[1].is_output);
  EXPECT_FALSE(report->first_jump);
  EXPECT_FALSE(report->first_above);
}

TEST(DiffModels, TheJumpIsAtTheLayerThatIsWrong) {
  const auto report = diff(side(line(1)), side(line(-9)), same_inputs({1, 2, 3, 4}));
  ASSERT_TRUE(report) << report.error().text();
  ASSERT_EQ(report->first_jump, 1);
  EXPECT_EQ(report->layers[1].name, "y");
  EXPECT_EQ(report->layers[1].error.max_abs, 10);
}

// What goes wrong in h is only carried on by y.
TEST(DiffModels, ARoundedLayerIsComparedAsNumbers) {
  const auto report = diff(side(line(1)), side(rounded_line(1.6f)), same_inputs({1, 2, 3, 4}));
  ASSERT_TRUE(report) << report.error().text();
  ASSERT_EQ(report->layers.size(), 2);
  EXPECT_EQ(report->layers[0].name_b, "h_quantized");
  EXPECT_NEAR(report->layers[0].error.max_abs, 0.8, 1e-6);  // 4 becomes 4.8, or 3.2
  EXPECT_EQ(report->first_jump, 0);
  EXPECT_FALSE(report->layers[1].jumps);
}

// y = 2x + state, and the state becomes y: its input and output stand behind the others.
TEST(DiffModels, StatesAreNeitherInputsNorOutputs) {
  ir::Graph graph;
  const TensorType four{DType::f32, {Dim(4)}};
  const ir::ValueId x = graph.add_input("x", four), state = graph.add_input("state", four);
  const ir::ValueId two = graph.add_floats("two", std::vector<float>{2});
  const ir::ValueId h = add(graph, "binary", "h", BinaryAttrs{BinaryKind::mul}, {x, two});
  const ir::ValueId y = add(graph, "binary", "y", BinaryAttrs{BinaryKind::add}, {h, state});
  const ir::ValueId next = add(graph, "unary", "next", UnaryAttrs{UnaryKind::abs}, {y});
  graph.outputs = {y, next};
  DiffSide stateful = side(std::move(graph));
  stateful.imported.states = {nullptr};
  DiffInputs inputs = same_inputs({1, 2, 3, 4});
  const auto twin = inputs_for(stateful.imported, stateful.imported, inputs.a);
  ASSERT_TRUE(twin) << twin.error().text();
  const auto report = diff(stateful, stateful, inputs);
  ASSERT_TRUE(report) << report.error().text();
  ASSERT_EQ(report->layers.size(), 3);
  for (const LayerError& layer : report->layers) EXPECT_EQ(layer.error.max_abs, 0) << layer.name;
  EXPECT_EQ(report->layers[0].error.range, 6);
}

TEST(DiffModels, InputsBecomeWhatTheOtherModelTakes) {
  ImportedProgram from, to;
  ir::Graph &a = from.graph, &b = to.graph;
  a.add_input("picture", TensorType{DType::f32, {Dim(1), Dim(2), Dim(1), Dim(3)}});
  const ir::ValueId codes =
      b.add_input("serving", TensorType{DType::u8, {Dim(1), Dim(1), Dim(3), Dim(2)}});
  const ir::ValueId scale = b.add_floats("scale", std::vector<float>{0.5f});
  const std::vector<std::byte> seven{std::byte{7}};
  const ir::ValueId zero = b.add_owned("zero", TensorType{DType::u8, {}},
                                       std::make_shared<const std::vector<std::byte>>(seven));
  add(b, "dequantize", "real", find_op("dequantize")->default_attrs(), {codes, scale, zero});
  const RunValue value(*tensor_of({0, 1, 2, 3, 4, 500}, DType::f32, {1, 2, 1, 3}));
  const auto made = inputs_for(to, from, std::vector{value});
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ((*made)[0].tensor.dims(), Dims({1, 1, 3, 2}));
  EXPECT_EQ(*numbers_of((*made)[0].tensor), (std::vector<double>{7, 13, 9, 15, 11, 255}));
  const auto back = inputs_for(from, to, *made);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*numbers_of((*back)[0].tensor), (std::vector<double>{0, 1, 2, 3, 4, 124}));
}

}  // namespace
}  // namespace hone::cli
