// Back ends behind the C interface: partition, placement, fallbacks, and hostile answers, with the
// libraries of tests/mock_backend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <list>
#include <sstream>

#include "backend/cpu/target.h"
#include "backend/plugin/partition.h"
#include "backend/plugin/place.h"
#include "open/load_program.h"
#include "ops/binary/op.h"
#include "ops/conv/op.h"
#include "ops/reshape/op.h"
#include "ops/unary/op.h"
#include "passes/program.h"
#include "runtime/program_session.h"
#include "runtime/weight_layouts.h"
#include "support/scratch_folder.h"

namespace hone {
namespace {

using namespace ir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string library(std::string_view name, std::string_view options = "") {
  return cat(HONE_TEST_BACKENDS, "/", name, ".so", options.empty() ? "" : ":", options);
}

enum class Stored { canonical, as_kernels_read_them };

// A graph opened with some back ends; none: as ever.
class Opened {
 public:
  Opened(Graph graph, const std::vector<std::string>& words, size_t least_steps = 1,
         Stored stored = Stored::canonical)
      : graph_(std::move(graph)), pool_(2) {
    auto program = passes::make_program(graph_, cpu_target());
    EXPECT_TRUE(program) << program.error().text();
    for (const Value& value : graph_.values) {
      if (value.kind == ValueKind::constant) {
        weights_.add_canonical(value.name, value.constant.bytes);
      }
    }
    if (stored == Stored::as_kernels_read_them) pack(*program);
    ProgramOptions options;
    if (!words.empty()) {
      auto order = BackendOrder::load(words, least_steps);
      EXPECT_TRUE(order) << order.error().text();
      options.backends = std::make_shared<const BackendOrder>(*std::move(order));
    }
    auto session = ProgramSession::open(*std::move(program), weights_, pool_, options);
    if (session) session_ = std::make_unique<ProgramSession>(*std::move(session));
    if (!session) error = session.error().text();
  }

  std::vector<float> run(const std::vector<float>& x) {
    const auto& type =
        session_->program().values[static_cast<size_t>(session_->program().inputs[0])].type.tensor;
    Tensor input = Tensor::allocate(type.dtype, Dims(type.shape, {})).value();
    std::ranges::copy(x, input.writable().as<float>());
    const std::vector<RunValue> inputs{RunValue(std::move(input))};
    const auto outputs = session_->run(inputs);
    EXPECT_TRUE(outputs) << outputs.error().text();
    if (!outputs) return {};
    const ConstView view = (*outputs)[0].tensor.view();
    return {view.as<float>(), view.as<float>() + view.dims.elements()};
  }
  // "conv: mock 0"
  std::vector<std::string> where() const {
    std::vector<std::string> lines;
    for (const StepPlace& place : session_->places()) {
      lines.push_back(place.subgraph < 0
                          ? cat(place.step, ": ", place.backend)
                          : cat(place.step, ": ", place.backend, " ", place.subgraph));
    }
    return lines;
  }
  StepPlace place(std::string_view step) const {
    for (const StepPlace& place : session_->places()) {
      if (place.step == step) return place;
    }
    ADD_FAILURE() << "no step " << step;
    return {};
  }
  ProgramSession& session() { return *session_; }
  std::string error;
  size_t packed() const { return packed_.size(); }

 private:
  void pack(Program& program) {
    choose_weight_layouts(program, weights_, best_isa());
    for (const PlanValue& value : program.items[0].plan.values) {
      const Layout* layout = find_layout(value.layout);
      if (layout == nullptr) continue;
      StoredWeight& stored = weights_.by_name[value.name];
      packed_.push_back(hone::packed(*layout, stored.begin()->second, Dims(value.type.shape, {})));
      stored = {{value.layout, packed_.back()}};
    }
  }

  Graph graph_;
  WeightMap weights_;
  std::list<ZeroedVector<std::byte>> packed_;
  ThreadPool pool_;
  std::unique_ptr<ProgramSession> session_;
};

std::vector<float> numbers(size_t count) {
  std::vector<float> made;
  for (size_t i = 0; i < count; ++i) made.push_back(static_cast<float>(i * 7 % 11) - 5.0f);
  return made;
}

// x -> a (relu) -> b (tanh) -> d (add of a and b): a and d must not be one subgraph.
Graph diamond() {
  Builder b;
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {2, 4}});
  const ValueId a = b("unary", "a", {x}, UnaryAttrs{UnaryKind::relu});
  const ValueId t = b("unary", "b", {a}, UnaryAttrs{UnaryKind::tanh});
  b.graph().outputs = {b("binary", "d", {a, t}, BinaryAttrs{BinaryKind::add})};
  return std::move(b).finish().value();
}

// conv with clip -> relu -> reshape -> mul by itself; all of it the mock's.
Graph chain() {
  Builder b;
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {1, 2, 5, 4}});
  static const std::vector<float> filter = numbers(3 * 2 * 3 * 3), bias = {0.5f, -1, 2};
  const ValueId w = b.graph().add_constant("w", TensorType{DType::f32, {3, 2, 3, 3}},
                                           std::as_bytes(std::span(filter)));
  const ValueId c =
      b.graph().add_constant("c", TensorType{DType::f32, {3}}, std::as_bytes(std::span(bias)));
  const ConvAttrs attrs{.window = {.strides = {2, 1}, .pads = {1, 0, 1, 2}},
                        .epilogue = {.activation = Activation::clip, .low = -20, .high = 30}};
  const ValueId y = b("conv", "conv", {x, w, c, {}, {}}, attrs);
  const ValueId r = b("unary", "relu", {y}, UnaryAttrs{UnaryKind::relu});
  const ValueId f = b("reshape", "flat", {r}, ReshapeAttrs{{1, -1}});
  b.graph().outputs = {b("binary", "mul", {f, f}, BinaryAttrs{BinaryKind::mul})};
  return std::move(b).finish().value();
}

TEST(Backend, AWholeModelRunsThereAndGivesTheSame) {
  Opened alone(chain(), {}), placed(chain(), {library("mock"), "cpu"});
  ASSERT_EQ(placed.error, "");
  EXPECT_THAT(placed.where(),
              ElementsAre("conv: mock 0", "relu: mock 0", "flat: mock 0", "mul: mock 0"));
  EXPECT_EQ(placed.session().program().items.size(), 1u);
  EXPECT_THAT(placed.run(numbers(40)),
              ::testing::Pointwise(::testing::FloatNear(1e-3f), alone.run(numbers(40))));
  EXPECT_TRUE(alone.session().places().empty());
}

TEST(Backend, WeightsThatAreStoredForTheCpuAreGivenToOthersAsTheyWere) {
  Opened alone(chain(), {}), placed(chain(), {library("mock"), "cpu"});
  Opened alone_packed(chain(), {}, 1, Stored::as_kernels_read_them);
  Opened placed_packed(chain(), {library("mock"), "cpu"}, 1, Stored::as_kernels_read_them);
  ASSERT_EQ(placed_packed.error, "");
  EXPECT_EQ(placed_packed.packed(), 1u);
  EXPECT_EQ(placed_packed.where(), placed.where());
  EXPECT_EQ(placed_packed.run(numbers(40)), placed.run(numbers(40)));
  EXPECT_EQ(alone_packed.run(numbers(40)), alone.run(numbers(40)));
}

TEST(Backend, ADiamondAroundAStepOfTheCpuIsNotOneSubgraph) {
  Opened alone(diamond(), {}), placed(diamond(), {library("mock"), "cpu"});
  ASSERT_EQ(placed.error, "");
  EXPECT_THAT(placed.where(), ElementsAre("a: mock 0", "b: cpu", "d: mock 1"));
  EXPECT_THAT(placed.place("b").why_not, ElementsAre("mock: no tanh"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(placed.run(numbers(8)), alone.run(numbers(8)));
}

TEST(Backend, ShapesThatOnlyMoveCrossBetweenThem) {
  Opened alone(chain(), {}), placed(chain(), {library("mock", "only=unary"), "cpu"});
  EXPECT_THAT(placed.where(), ElementsAre("conv: cpu", "relu: mock 0", "flat: cpu", "mul: cpu"));
  EXPECT_EQ(placed.run(numbers(40)), alone.run(numbers(40)));
}

TEST(Backend, TheFirstThatClaimsAStepHasIt) {
  Opened placed(chain(), {library("mock", "only=conv"), library("other", "refuse=binary"), "cpu"});
  EXPECT_THAT(placed.where(),
              ElementsAre("conv: mock 0", "relu: other 1", "flat: other 1", "mul: cpu"));
  EXPECT_THAT(placed.place("relu").why_not, ElementsAre("mock: it was told so"));
  EXPECT_THAT(placed.place("mul").why_not,
              ElementsAre("mock: it was told so", "other: it was told so"));
  Opened turned(chain(), {library("other"), library("mock"), "cpu"});
  EXPECT_THAT(turned.where(),
              ElementsAre("conv: other 0", "relu: other 0", "flat: other 0", "mul: other 0"));
  Opened cpu(chain(), {"cpu", library("mock")});
  EXPECT_THAT(cpu.where(), ElementsAre("conv: cpu", "relu: cpu", "flat: cpu", "mul: cpu"));
}

TEST(Backend, SmallSubgraphsStayWhereTheyAre) {
  Opened placed(diamond(), {library("mock"), "cpu"}, 2);
  EXPECT_THAT(placed.where(), ElementsAre("a: cpu", "b: cpu", "d: cpu"));
  EXPECT_THAT(placed.place("a").why_not, ElementsAre("mock: its subgraph has fewer than 2 steps"));
  Opened whole(chain(), {library("mock"), "cpu"}, 4);
  EXPECT_EQ(whole.place("mul").backend, "mock");
}

TEST(Backend, WithoutTheCpuAModelThatNeedsItIsRefused) {
  EXPECT_THAT(Opened(diamond(), {library("mock")}).error, HasSubstr("'b' (unary) needs the CPU"));
  EXPECT_EQ(Opened(chain(), {library("mock")}).error, "");
  EXPECT_THAT(Opened(chain(), {library("mock", "fail_compile")}).error,
              HasSubstr("the subgraph does not fit"));
}

TEST(Backend, SizesThatAreNotKnownStayOnTheCpu) {
  Builder b;
  const Dim n = b.graph().add_symbol({"n", 0, 1, INT64_MAX});
  const ValueId x = b.graph().add_input("x", TensorType{DType::f32, {n, Dim(4)}});
  b.graph().outputs = {b("unary", "a", {x}, UnaryAttrs{UnaryKind::relu})};
  Opened placed(std::move(b).finish().value(), {library("mock"), "cpu"});
  EXPECT_EQ(placed.place("a").backend, "cpu");
  EXPECT_THAT(placed.place("a").why_not,
              ElementsAre("mock: its sizes are known only when it runs"));
}

// What a back end may do wrong, when it is found, and what is told.
struct Fault {
  std::string option, reason;
};

TEST(Backend, WhatFailsRunsOnTheCpuAndSaysWhy) {
  const std::vector<float> expected = Opened(chain(), {}).run(numbers(40));
  for (const Fault& fault :
       {Fault{"fail_compile", "the subgraph does not fit"},
        Fault{"fail_run", "the device went away"}, Fault{"throw_run", "it threw an exception"},
        Fault{"wrong_size", "it made 4 bytes of output 0"}}) {
    Opened placed(chain(), {library("mock", fault.option), "cpu"});
    ASSERT_EQ(placed.error, "") << fault.option;
    for (int i = 0; i < 2; ++i) EXPECT_EQ(placed.run(numbers(40)), expected) << fault.option;
    EXPECT_EQ(placed.place("conv").backend, "cpu");
    EXPECT_THAT(placed.place("conv").fell_back, HasSubstr(fault.reason));
  }
}

TEST(Backend, OneThatFailsLaterIsNotAskedAgain) {
  const test::ScratchFolder folder;
  const std::string calls = folder.path() + "/calls";
  const std::vector<float> expected = Opened(chain(), {}).run(numbers(40));
  {
    Opened placed(chain(), {library("mock", cat("late_fail+count=", calls)), "cpu"});
    for (int i = 0; i < 4; ++i) {
      EXPECT_THAT(placed.run(numbers(40)),
                  ::testing::Pointwise(::testing::FloatNear(1e-3f), expected));
    }
  }
  std::ifstream file(calls);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), "ocrrxz");  // released once, and closed
}

TEST(Backend, OneThatDoesNotOpenOrClaimSaysWhy) {
  for (const Fault& fault :
       {Fault{"fail_open", "there is no such device"},
        Fault{"throw_claim", "it threw an exception"}, Fault{"long_reason", "xxxxxxxx"}}) {
    Opened placed(diamond(), {library("mock", fault.option), "cpu"});
    ASSERT_EQ(placed.error, "") << fault.option;
    EXPECT_EQ(placed.place("a").backend, "cpu");
    EXPECT_THAT(placed.place("a").why_not, ElementsAre(HasSubstr(fault.reason)));
    EXPECT_LT(placed.place("a").why_not[0].size(), size_t{300});
  }
}

TEST(Backend, WhatIsNoBackEndIsRefused) {
  EXPECT_EQ(BackendOrder::load({"/nowhere/npu.so"}, 1).error().code, Code::not_found);
  EXPECT_THAT(BackendOrder::load({library("broken")}, 1).error().text(),
              HasSubstr("it threw an exception"));
  const std::string libc = "libc.so.6";
  EXPECT_EQ(BackendOrder::load({libc}, 1).error().code, Code::unsupported);
  hone_backend table = {};
  EXPECT_EQ(Backend::of(&table, "").error().code, Code::unsupported);
  table.struct_size = sizeof(table);
  EXPECT_EQ(Backend::of(&table, "").error().code, Code::unsupported);
  EXPECT_EQ(Backend::of(nullptr, "").error().code, Code::unsupported);
}

TEST(Backend, InputsOfAnotherShapeAreRefusedBeforeTheyRun) {
  Opened placed(chain(), {library("mock"), "cpu"});
  const std::vector<RunValue> inputs{RunValue(Tensor::allocate(DType::f32, {1, 2, 5, 5}).value())};
  EXPECT_EQ(placed.session().run(inputs).error().code, Code::invalid_argument);
  EXPECT_EQ(placed.place("conv").backend, "mock");
}

// Plans of random edges: every part is convex and the order is one that can run.
TEST(Backend, RandomPartitionsCanRun) {
  uint32_t state = 1;
  const auto random = [&](uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  for (int round = 0; round < 300; ++round) {
    Plan plan;
    const uint32_t count = 2 + random(30);
    for (uint32_t s = 0; s < count; ++s) {
      PlanStep step;
      for (uint32_t i = random(3); s > 0 && i > 0; --i) {
        step.operands.push_back(static_cast<int32_t>(random(s)));
      }
      step.results = {static_cast<int32_t>(s)};
      plan.values.emplace_back();
      plan.steps.push_back(step);
    }
    Partition partition(plan);
    for (int backend = 0; backend < 2; ++backend) {
      std::vector<bool> takes;
      for (uint32_t s = 0; s < count; ++s) takes.push_back(random(3) != 0);
      partition.give(backend, takes, 1 + random(3));
    }
    std::vector<bool> done(count, false);
    size_t steps = 0;
    for (const PlanPart& part : partition.parts()) {
      for (const int32_t step : part.steps) {
        for (const int32_t operand : plan.steps[static_cast<size_t>(step)].operands) {
          const bool inside = std::ranges::find(part.steps, operand) != part.steps.end();
          ASSERT_TRUE(inside || done[static_cast<size_t>(operand)]) << "round " << round;
        }
        EXPECT_EQ(partition.backend_of(step), part.backend);
      }
      for (const int32_t step : part.steps) done[static_cast<size_t>(step)] = true;
      steps += part.steps.size();
    }
    EXPECT_EQ(steps, count);
  }
}

}  // namespace
}  // namespace hone
