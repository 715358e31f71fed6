// Programs: plans bound anew for each shape, and what runs between them.
#include "runtime/program_session.h"

#include <gtest/gtest.h>

#include "backend/cpu/target.h"
#include "ops/binary/op.h"
#include "ops/conv/op.h"
#include "ops/loop/op.h"
#include "ops/nonzero/op.h"
#include "ops/reshape/op.h"
#include "ops/shape/op.h"
#include "passes/program.h"

namespace hone {
namespace {

using namespace ir;

// A graph made ready to run, with all it needs.
class Ready {
 public:
  explicit Ready(Graph graph, ProgramOptions options = {}) : pool_(2) {
    const TargetDesc target = cpu_target();
    auto lowered = passes::run_pipeline(std::move(graph), target);
    EXPECT_TRUE(lowered) << lowered.error().text();
    graph_ = *std::move(lowered);
    auto program = passes::make_program(graph_, target);
    EXPECT_TRUE(program) << program.error().text();
    items_ = program->items.size();
    WeightMap weights;
    add_weights(graph_, weights);
    weights.release = [this](Bytes bytes) { released_.push_back(bytes.size()); };
    auto session = ProgramSession::open(*std::move(program), weights, pool_, options);
    EXPECT_TRUE(session) << session.error().text();
    session_ = std::make_unique<ProgramSession>(*std::move(session));
  }

  Expected<std::vector<RunValue>> run(const std::vector<RunValue>& inputs) {
    return session_->run(inputs);
  }
  Expected<Profile> profile(const std::vector<RunValue>& inputs) {
    return session_->profile(inputs);
  }
  size_t items() const { return items_; }
  // Bytes of each weight that was packed, in order.
  const std::vector<size_t>& released() const { return released_; }

 private:
  static void add_weights(const Graph& graph, WeightMap& weights) {
    for (const Value& value : graph.values) {
      if (value.kind == ValueKind::constant) {
        weights.add_canonical(value.name, value.constant.bytes);
      }
    }
    for (const Node& node : graph.nodes) {
      for (const Graph& body : node.subgraphs) add_weights(body, weights);
    }
  }

  ThreadPool pool_;
  Graph graph_;
  size_t items_ = 0;
  std::vector<size_t> released_;
  std::unique_ptr<ProgramSession> session_;
};

template <class T>
Tensor tensor(DType dtype, const std::vector<T>& values, const Dims& dims) {
  Tensor made = Tensor::allocate(dtype, dims).value();
  std::copy(values.begin(), values.end(), made.writable().as<T>());
  return made;
}
Tensor floats(const std::vector<float>& values, const Dims& dims) {
  return tensor(DType::f32, values, dims);
}
Tensor truth(bool value) {
  Tensor made = Tensor::allocate(DType::boolean, Dims()).value();
  *made.writable().as<bool>() = value;
  return made;
}
template <class T>
std::vector<T> elements(const RunValue& value) {
  const ConstView view = value.tensor.view();
  return {view.as<T>(), view.as<T>() + view.dims.elements()};
}

Dim open_dim(Graph& graph, std::string_view name) {
  return graph.add_symbol({std::string(name), 0, 1, INT64_MAX});
}

TEST(Program, ShapesMayDifferFromRunToRun) {
  Builder b;
  const Dim n = open_dim(b.graph(), "n");
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {n, Dim(2)}});
  const ValueId rows = b("reshape", "rows", {x}, ReshapeAttrs{{2, -1}});
  b.graph().outputs = {b("binary", "y", {rows, rows}, BinaryAttrs{BinaryKind::add})};
  Ready ready(std::move(b).finish().value());
  EXPECT_EQ(ready.items(), 1u);
  for (const int64_t rows_of_two : {1, 3, 2, 1}) {
    std::vector<float> numbers(static_cast<size_t>(2 * rows_of_two), 1.5f);
    const auto y = ready.run({floats(numbers, {rows_of_two, 2})});
    ASSERT_TRUE(y) << y.error().text();
    EXPECT_EQ((*y)[0].tensor.dims(), Dims({2, rows_of_two}));
    EXPECT_EQ(elements<float>((*y)[0])[0], 3.0f);
  }
}

TEST(Program, AProfileTellsWhatEachStepMustDo) {
  Builder b;
  const ValueId x =
      b.graph().add_input("x", TensorType{DType::f32, {Dim(1), Dim(2), Dim(5), Dim(5)}});
  const std::vector<float> ones(3 * 2 * 3 * 3, 1.0f);
  const ValueId flat = b.graph().add_floats("w", ones);
  const ValueId weight = b("reshape", "weight", {flat}, ReshapeAttrs{{3, 2, 3, 3}});
  const ValueId y = b("conv", "y", {x, weight}, ConvAttrs{});
  b.graph().outputs =
      b.graph().add_host_node(*find_op("nonzero"), "where", NonzeroAttrs{}, {y}, {Type::unknown()});
  Ready ready(std::move(b).finish().value());
  const auto profile = ready.profile({floats(std::vector<float>(50, 1.0f), {1, 2, 5, 5})});
  ASSERT_TRUE(profile) << profile.error().text();
  std::map<std::string, StepTime> steps;
  double us = 0;
  for (const StepTime& step : profile->steps) {
    steps[step.name] = step;
    us += step.us;
  }
  EXPECT_LE(us, profile->us);
  ASSERT_EQ(steps.size(), 4u);  // inputs, y, outputs, where
  EXPECT_EQ(steps["y"].cost.flops, 2 * 27 * 18);
  EXPECT_EQ(steps["y"].cost.bytes, 4 * (50 + 54 + 27));
  EXPECT_EQ(steps["where"].variant, "host");
  EXPECT_EQ(steps["where"].spans.size(), 1u);
}

TEST(Program, AWeightIsPackedOnceForAllShapes) {
  constexpr int64_t kIn = 8, kOut = 16;
  Builder b;
  const Dim n = open_dim(b.graph(), "n");
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {1, kIn, n, 32}});
  const std::vector<float> filter(kOut * kIn * 9, 0.5f);
  const ValueId w = b.graph().add_constant("w", TensorType{DType::f32, {kOut, kIn, 3, 3}},
                                           std::as_bytes(std::span(filter)));
  const ConvAttrs attrs{.window = {.pads = {1, 1, 1, 1}}};
  b.graph().outputs = {b("conv", "y", {x, w, {}, {}, {}}, attrs)};
  Ready ready(std::move(b).finish().value());
  for (const int64_t rows : {24, 32, 24}) {
    const std::vector<float> ones(static_cast<size_t>(kIn * rows * 32), 1.0f);
    const auto y = ready.run({floats(ones, {1, kIn, rows, 32})});
    ASSERT_TRUE(y) << y.error().text();
    EXPECT_EQ(elements<float>((*y)[0])[0], 4 * kIn * 0.5f);  // a corner sees 4 places
  }
  EXPECT_EQ(ready.released(), std::vector{filter.size() * sizeof(float)});
}

TEST(Program, AnInputThatDoesNotFitIsRefusedByName) {
  Builder b;
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {Dim(4)}});
  b.graph().outputs = {b("binary", "y", {x, x}, BinaryAttrs{BinaryKind::add})};
  Ready ready(std::move(b).finish().value());
  const auto wrong = ready.run({floats({1, 2, 3}, {3})});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().text(), "input 'x': is f32[3], but the model takes f32[4]");
}

TEST(Program, AShapeThatIsAnInputSteersThePlan) {
  Builder b;
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {Dim(6)}});
  const ValueId shape = b.graph().add_input("shape", TensorType{DType::i64, {Dim(2)}});
  b.graph().outputs = {b("reshape", "y", {x, shape}, ReshapeAttrs{})};
  Ready ready(std::move(b).finish().value());
  const Tensor numbers = floats({1, 2, 3, 4, 5, 6}, {6});
  for (const auto& [rows, columns] : {std::pair{2, 3}, std::pair{3, 2}, std::pair{2, 3}}) {
    const auto y = ready.run({numbers, tensor<int64_t>(DType::i64, {rows, columns}, {2})});
    ASSERT_TRUE(y) << y.error().text();
    EXPECT_EQ((*y)[0].tensor.dims(), Dims({rows, columns}));
  }
  EXPECT_FALSE(ready.run({numbers, tensor<int64_t>(DType::i64, {4, 4}, {2})}));
}

TEST(Program, AShapeThatFollowsFromAShapeNeedsNoCut) {
  Builder b;
  const Dim n = open_dim(b.graph(), "n");
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {n, Dim(3)}});
  const ValueId flat = b.graph().add_input("flat", TensorType{DType::f32, {Dim::unknown()}});
  const ValueId sizes = b("shape", "sizes", {x}, ShapeAttrs{});
  b.graph().outputs = {b("reshape", "y", {flat, sizes}, ReshapeAttrs{})};
  Ready ready(std::move(b).finish().value());
  EXPECT_EQ(ready.items(), 1u);
  const auto y =
      ready.run({floats(std::vector<float>(6), {2, 3}), floats({1, 2, 3, 4, 5, 6}, {6})});
  ASSERT_TRUE(y) << y.error().text();
  EXPECT_EQ((*y)[0].tensor.dims(), Dims({2, 3}));
}

TEST(Program, AShapeThatFollowsFromDataCutsThePlan) {
  Builder b;
  const ValueId big =
      b.graph().add_input("big", TensorType{DType::i64, {Dim::unknown(), Dim::unknown()}});
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {Dim(6)}});
  const ValueId twice = b("binary", "twice", {big, big}, BinaryAttrs{BinaryKind::add});
  const ValueId shape = b("reshape", "shape", {twice}, ReshapeAttrs{{-1}});
  b.graph().outputs = {b("reshape", "y", {x, shape}, ReshapeAttrs{})};
  Ready ready(std::move(b).finish().value());
  EXPECT_EQ(ready.items(), 2u);
  const Tensor numbers = floats({1, 2, 3, 4, 5, 6}, {6});
  const auto y = ready.run({tensor<int64_t>(DType::i64, {1, 3}, {1, 2}), numbers});
  EXPECT_FALSE(y);  // [2, 6] has 12 elements
  const Tensor x12 = floats(std::vector<float>(6, 2.0f), {6});
  const auto z = ready.run({tensor<int64_t>(DType::i64, {3}, {1, 1}), x12});
  ASSERT_TRUE(z) << z.error().text();
  EXPECT_EQ((*z)[0].tensor.dims(), Dims({6}));
}

Graph times(float factor) {
  Builder b;
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {Dim(2)}});
  const ValueId f = b.graph().add_floats("factor", {{factor}});
  b.graph().outputs = {b("binary", "y", {x, f}, BinaryAttrs{BinaryKind::mul})};
  return std::move(b).finish().value();
}

TEST(Program, ABranchTakesOneOfItsGraphs) {
  Graph graph;
  const ValueId condition = graph.add_input("condition", TensorType{DType::boolean, {}});
  const ValueId x = graph.add_input("x", TensorType{DType::f32, {Dim(2)}});
  const auto y = graph.add_host_node(*find_op("branch"), "y", {}, {condition, x},
                                     {TensorType{DType::f32, {Dim(2)}}});
  graph.nodes.back().subgraphs = {times(10), times(-1)};
  graph.outputs = {y[0]};
  Ready ready(std::move(graph));
  const Tensor numbers = floats({1, 2}, {2});
  EXPECT_EQ(elements<float>(ready.run({truth(true), numbers}).value()[0]),
            (std::vector<float>{10, 20}));
  EXPECT_EQ(elements<float>(ready.run({truth(false), numbers}).value()[0]),
            (std::vector<float>{-1, -2}));
  EXPECT_FALSE(ready.run({numbers, numbers}));
}

// carried = carried + x, `count` times; every sum is kept.
Ready summing_loop() {
  Builder b;
  b.graph().add_input("i", TensorType{DType::i64, {}});
  const ValueId again = b.graph().add_input("again", TensorType{DType::boolean, {}});
  const ValueId sum = b.graph().add_input("sum", TensorType{DType::f32, {Dim(1)}});
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {Dim(1)}});
  const ValueId next = b("binary", "next", {sum, x}, BinaryAttrs{BinaryKind::add});
  b.graph().outputs = {again, next, next};
  Graph graph;
  const ValueId count = graph.add_input("count", TensorType{DType::i64, {}});
  const ValueId start = graph.add_input("start", TensorType{DType::f32, {Dim(1)}});
  const ValueId step = graph.add_input("step", TensorType{DType::f32, {Dim(1)}});
  const auto made =
      graph.add_host_node(*find_op("loop"), "loop", LoopAttrs{1}, {count, ValueId{}, start, step},
                          {Type::unknown(), Type::unknown()});
  graph.nodes.back().subgraphs = {std::move(b).finish().value()};
  graph.outputs = made;
  return Ready(std::move(graph));
}

// A scan over x's columns, the last first: sum = sum + column, every sum put in front.
TEST(Program, AScanWalksSlicesEitherWay) {
  Builder b;
  const ValueId sum = b.graph().add_input("sum", TensorType{DType::f32, {Dim(2)}});
  const ValueId column = b.graph().add_input("column", TensorType{DType::f32, {Dim(2)}});
  const ValueId next = b("binary", "next", {sum, column}, BinaryAttrs{BinaryKind::add});
  b.graph().outputs = {next, next};
  Graph graph;
  const ValueId start = graph.add_input("start", TensorType{DType::f32, {Dim(2)}});
  const ValueId x = graph.add_input("x", TensorType{DType::f32, {Dim(2), Dim::unknown()}});
  const LoopAttrs attrs{.carried = 1,
                        .kind = LoopAttrs::Kind::scan,
                        .scanned = 1,
                        .in_axes = {-1},
                        .in_backwards = {1},
                        .out_axes = {1},
                        .out_backwards = {1}};
  graph.outputs = graph.add_host_node(*find_op("loop"), "scan", attrs, {start, x},
                                      {Type::unknown(), Type::unknown()});
  graph.nodes.back().subgraphs = {std::move(b).finish().value()};
  Ready scan(std::move(graph));
  const auto results = scan.run({floats({0, 100}, {2}), floats({1, 2, 3, 4, 5, 6}, {2, 3})});
  ASSERT_TRUE(results) << results.error().text();
  EXPECT_EQ(elements<float>((*results)[0]), (std::vector<float>{6, 115}));
  EXPECT_EQ(elements<float>((*results)[1]), (std::vector<float>{6, 5, 3, 115, 111, 106}));
  EXPECT_EQ((*results)[1].tensor.dims(), Dims({2, 3}));
  const auto none = scan.run({floats({0, 100}, {2}), floats({}, {2, 0})});
  ASSERT_TRUE(none) << none.error().text();
  EXPECT_EQ(elements<float>((*none)[0]), (std::vector<float>{0, 100}));
  EXPECT_EQ((*none)[1].tensor.dims(), Dims({2, 0}));
}

TEST(Program, AMapVisitsEachTensorOfASequence) {
  Builder b;
  const ValueId item = b.graph().add_input("item", TensorType{DType::f32, {Dim::unknown()}});
  const ValueId same = b.graph().add_input("same", TensorType{DType::f32, {Dim(1)}});
  b.graph().outputs = {b("binary", "y", {item, same}, BinaryAttrs{BinaryKind::mul})};
  Graph graph;
  const ValueId items = graph.add_input("items", Type(Type::Kind::sequence, TensorType{}));
  const ValueId factor = graph.add_input("factor", TensorType{DType::f32, {Dim(1)}});
  const LoopAttrs attrs{.kind = LoopAttrs::Kind::map, .scanned = 2};
  graph.outputs = graph.add_host_node(*find_op("loop"), "map", attrs, {items, factor},
                                      {Type(Type::Kind::sequence, TensorType{})});
  graph.nodes.back().subgraphs = {std::move(b).finish().value()};
  Ready map(std::move(graph));
  const auto results =
      map.run({RunValue::sequence({floats({1, 2}, {2}), floats({3}, {1})}), floats({10}, {1})});
  ASSERT_TRUE(results) << results.error().text();
  ASSERT_EQ((*results)[0].items.size(), 2u);
  EXPECT_EQ(elements<float>((*results)[0].items[0]), (std::vector<float>{10, 20}));
  EXPECT_EQ(elements<float>((*results)[0].items[1]), (std::vector<float>{30}));
  EXPECT_FALSE(map.run({floats({1}, {1}), floats({10}, {1})}));
}

// Adds 1 to x, in as many loops as `depth` says, each of which runs `count` times in the one around
// it: count ^ depth times.
Graph nested_loops(int depth, std::string_view name) {
  Builder b;
  if (depth == 0) {
    b.graph().add_input(cat(name, "i"), TensorType{DType::i64, {}});
    const ValueId again = b.graph().add_input(cat(name, "again"), TensorType{DType::boolean, {}});
    const ValueId x = b.graph().add_input(cat(name, "x"), TensorType{DType::f32, {Dim(1)}});
    b.graph().add_input(cat(name, "count"), TensorType{DType::i64, {}});
    const ValueId one = b.graph().add_floats(cat(name, "one"), {{1.0f}});
    b.graph().outputs = {again,
                         b("binary", cat(name, "y"), {x, one}, BinaryAttrs{BinaryKind::add})};
    return std::move(b).finish().value();
  }
  Graph graph;
  graph.add_input(cat(name, "i"), TensorType{DType::i64, {}});
  const ValueId again = graph.add_input(cat(name, "again"), TensorType{DType::boolean, {}});
  const ValueId x = graph.add_input(cat(name, "x"), TensorType{DType::f32, {Dim(1)}});
  const ValueId count = graph.add_input(cat(name, "count"), TensorType{DType::i64, {}});
  const auto made = graph.add_host_node(*find_op("loop"), cat(name, "loop"), LoopAttrs{1},
                                        {count, ValueId{}, x, count}, {Type::unknown()});
  graph.nodes.back().subgraphs = {nested_loops(depth - 1, cat(name, "b"))};
  graph.outputs = {again, made[0]};
  return graph;
}

TEST(Program, LoopsInLoopsShareTheIterationsOfARun) {
  Ready loops(nested_loops(2, ""), {.max_iterations = 20});
  const auto run = [&](int64_t count) {
    const Tensor zero = tensor<int64_t>(DType::i64, {0}, {});
    return loops.run(
        {zero, truth(true), floats({0}, {1}), tensor<int64_t>(DType::i64, {count}, {})});
  };
  for (int again = 0; again < 2; ++again) {  // a run begins anew
    const auto most = run(4);                // 4 + 16 iterations
    ASSERT_TRUE(most) << most.error().text();
    EXPECT_EQ(elements<float>((*most)[1]), std::vector<float>{16});
    const auto more = run(5);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Code::limit_exceeded);
    EXPECT_TRUE(more.error().text().ends_with("the model's loops ran 20 times without an end"));
  }
}

TEST(Program, ALoopCarriesAndCollects) {
  Ready loop = summing_loop();
  const auto run = [&](int64_t count) {
    return loop
        .run({tensor<int64_t>(DType::i64, {count}, Dims()), floats({5}, {1}), floats({2}, {1})})
        .value();
  };
  const auto three = run(3);
  EXPECT_EQ(elements<float>(three[0]), (std::vector<float>{11}));
  EXPECT_EQ(elements<float>(three[1]), (std::vector<float>{7, 9, 11}));
  EXPECT_EQ(three[1].tensor.dims(), Dims({3, 1}));
  const auto none = run(0);
  EXPECT_EQ(elements<float>(none[0]), (std::vector<float>{5}));
  EXPECT_EQ(none[1].tensor.dims(), Dims({0, 1}));
}

TEST(Program, HalfPrecisionIsComputedInFloat) {
  Builder b;
  const ValueId x = b.graph().add_input("x", TensorType{DType::f16, {Dim(2)}});
  b.graph().outputs = {b("binary", "y", {x, x}, BinaryAttrs{BinaryKind::mul})};
  Ready ready(std::move(b).finish().value());
  const auto y = ready.run({tensor<uint16_t>(DType::f16, {0x4000, 0xc200}, {2})});       // 2, -3
  EXPECT_EQ(elements<uint16_t>(y.value()[0]), (std::vector<uint16_t>{0x4400, 0x4880}));  // 4, 9
}

TEST(Program, AConstantThatIsAnOutputIsGiven) {
  Graph graph;
  graph.add_input("x", TensorType{DType::f32, {Dim(1)}});
  graph.outputs = {graph.add_floats("c", {{4.0f, 2.0f}})};
  Ready ready(std::move(graph));
  EXPECT_EQ(elements<float>(ready.run({floats({0}, {1})}).value()[0]), (std::vector<float>{4, 2}));
}

}  // namespace
}  // namespace hone
