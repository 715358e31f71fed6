// Graphs that cut values and put them together, run as a session runs them, where parts and wholes
// share memory, against the same kernels run node by node on tensors of their own: equal bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "backend/cpu/evaluate.h"
#include "backend/cpu/target.h"
#include "ir/graph.h"
#include "ops/binary/op.h"
#include "ops/concat/op.h"
#include "ops/conv/op.h"
#include "ops/pool/op.h"
#include "ops/slice/op.h"
#include "ops/split/op.h"
#include "ops/transpose/op.h"
#include "ops/unary/op.h"
#include "passes/plan.h"
#include "runtime/session.h"
#include "support/split_mix.h"

namespace hone {
namespace {

using namespace ir;

constexpr int64_t kSide = 8;  // 256 bytes a channel

// Random steps over values of f32[1, channels, 8, 8].
class GraphMaker {
 public:
  explicit GraphMaker(uint32_t seed) : random_(seed) {
    build_.graph().name = "views";
    for (const char* name : {"x", "y"}) {
      values_.push_back(build_.graph().add_input(
          name, TensorType{DType::f32, {Dim(1), Dim(6), Dim(kSide), Dim(kSide)}}));
    }
  }

  Graph make() {
    for (int i = 0; i < 25; ++i) add(cat("n", i));
    Graph& graph = build_.graph();
    graph.outputs = {values_.back(), any(), any()};
    return std::move(build_).finish().value();
  }

 private:
  int64_t below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  ValueId any() {
    const int64_t count = std::ssize(values_);
    return values_[static_cast<size_t>(count - 1 - below(std::min<int64_t>(count, 6)))];
  }
  int64_t channels(ValueId x) { return build_.graph()[x].type.tensor.shape[1].value(); }

  void add(const std::string& name) {
    const ValueId x = any();
    const int64_t n = channels(x);
    switch (below(7)) {
      case 0:
        return take(build_("unary", name, {x}, UnaryAttrs{.kind = UnaryKind::sigmoid}));
      case 1:
        return take(build_("binary", name, {x, same_as(x)}, BinaryAttrs{BinaryKind::add}));
      case 2:
        return take(convolve(name, x));
      case 3: {
        PoolAttrs attrs{.kernel = {3, 3}};
        attrs.window.pads = {1, 1, 1, 1};
        return take(build_("pool", name, {x}, attrs));
      }
      case 4: {
        const int64_t first = below(n), end = first + 1 + below(n - first);
        return take(build_("slice", name, {x}, SliceAttrs{{first}, {end}, {1}, {}}));
      }
      case 5:
        if (n < 2) return;
        for (const int64_t part : {0, 1}) {
          take(build_("split", cat(name, "/", part), {x}, SplitAttrs{1, part, 2, {}}));
        }
        return;
      default: {
        std::vector<ValueId> parts{x};
        for (int64_t more = 1 + below(3); more > 0; --more) parts.push_back(any());
        int64_t sum = 0;
        for (const ValueId part : parts) sum += channels(part);
        if (sum <= 64) take(build_("concat", name, parts, ConcatAttrs{1}));
      }
    }
  }
  void take(ValueId value) { values_.push_back(value); }

  ValueId same_as(ValueId x) {
    for (size_t i = values_.size(); i-- > 0;) {
      if (values_[i] != x && channels(values_[i]) == channels(x)) return values_[i];
    }
    return x;
  }

  ValueId convolve(const std::string& name, ValueId x) {
    const int64_t out = 1 + below(12), in = channels(x), side = below(2) == 0 ? 1 : 3;
    std::vector<float> weights(static_cast<size_t>(out * in * side * side));
    test::SplitMix64 numbers(random_());
    for (float& w : weights) w = numbers.uniform() / static_cast<float>(in);
    auto bytes = std::make_shared<std::vector<std::byte>>(weights.size() * sizeof(float));
    std::memcpy(bytes->data(), weights.data(), bytes->size());
    const ValueId filter = build_.graph().add_owned(
        cat(name, "/w"), {DType::f32, {Dim(out), Dim(in), Dim(side), Dim(side)}}, bytes);
    ConvAttrs attrs;
    attrs.window.pads = std::vector<int64_t>(4, side / 2);
    return build_("conv", name, {x, filter}, attrs);
  }

  std::mt19937 random_;
  Builder build_;
  std::vector<ValueId> values_;
};

std::vector<float> noise(size_t count, uint64_t seed) {
  test::SplitMix64 random(seed);
  std::vector<float> values(count);
  for (float& x : values) x = random.uniform();
  return values;
}

using Outputs = std::vector<std::vector<float>>;

std::vector<float> floats_of(const ConstView& view) {
  return {view.as<float>(), view.as<float>() + view.dims.elements()};
}

Outputs node_by_node(const Graph& graph, std::span<const ConstView> inputs) {
  std::vector<ConstView> views(graph.values.size());
  std::vector<Tensor> made;
  size_t next = 0;
  for (size_t i = 0; i < views.size(); ++i) {
    const Value& value = graph.values[i];
    if (value.kind == ValueKind::input) views[i] = inputs[next++];
    if (value.kind == ValueKind::constant) {
      views[i] = {value.constant.bytes.data(), DType::f32, Dims(value.type.tensor.shape, {})};
    }
  }
  for (const Node& node : graph.nodes) {
    std::vector<ConstView> operands(std::max(node.operands.size(), node.op->operands.size()));
    for (size_t i = 0; i < node.operands.size(); ++i) {
      if (node.operands[i]) operands[i] = views[static_cast<size_t>(node.operands[i].index)];
    }
    const TensorType& type = graph[node.results[0]].type.tensor;
    const std::vector<BoundType> results{{type.dtype, Dims(type.shape, {})}};
    auto tensors = evaluate(*node.op, node.attrs, operands, results, best_isa());
    EXPECT_TRUE(tensors) << node.op->name << ": " << tensors.error().text();
    if (!tensors) return {};
    made.push_back(std::move((*tensors)[0]));
    views[static_cast<size_t>(node.results[0].index)] = made.back().view();
  }
  Outputs outputs;
  for (const ValueId id : graph.outputs) {
    outputs.push_back(floats_of(views[static_cast<size_t>(id.index)]));
  }
  return outputs;
}

TEST(ViewThreads, SharedMemoryGivesTheBitsOfMemoryApart) {
  size_t views = 0, copies = 0;
  for (uint32_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE(cat("seed ", seed));
    const Graph graph = GraphMaker(seed).make();
    std::vector<std::vector<float>> given;
    std::vector<ConstView> inputs;
    for (uint64_t i = 0; i < 2; ++i) {
      given.push_back(noise(static_cast<size_t>(6 * kSide * kSide), seed * 2 + i));
      inputs.push_back({reinterpret_cast<const std::byte*>(given.back().data()), DType::f32,
                        Dims({1, 6, kSide, kSide})});
    }
    const Outputs expected = node_by_node(graph, inputs);
    WeightMap weights;
    for (const Value& value : graph.values) {
      if (value.kind == ValueKind::constant) {
        weights.add_canonical(value.name, value.constant.bytes);
      }
    }
    for (const int threads : {1, 3}) {
      ThreadPool pool(threads);
      auto session =
          Session::open(passes::make_plan(graph, cpu_target()).value(), weights, pool, {});
      ASSERT_TRUE(session) << session.error().text();
      for (int run = 0; run < 2; ++run) {  // the second finds what the first left
        ASSERT_TRUE(session->set_inputs(inputs));
        ASSERT_TRUE(session->run());
        for (size_t i = 0; i < expected.size(); ++i) {
          ASSERT_EQ(floats_of(session->output_view(i)), expected[i]) << "output " << i;
        }
      }
      const auto profile = session->profile();
      ASSERT_TRUE(profile);
      for (const StepTime& step : profile->steps) {
        views += step.variant == kViewVariant ? 1 : 0;
        copies += step.op == "concat" && step.variant != kViewVariant ? 1 : 0;
      }
    }
  }
  EXPECT_GT(views, 1000u);
  EXPECT_GT(copies, 100u);
}

}  // namespace
}  // namespace hone
