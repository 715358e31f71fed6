// The run half on its own: this program links every library of it whole, and none of the compile
// half, as a device would that only runs plans.
#include <gtest/gtest.h>

#include <algorithm>

#include "api/opener.h"
#include "hone/hone.h"
#include "ops/unary/op.h"
#include "runtime/session.h"

namespace hone {

// Who links the C interface decides what it opens.
Expected<api::OpenModel> api::open_model(const std::string& path, const OpenSettings&) {
  return fail(Code::unsupported, path, ": nothing is opened here");
}

namespace {

TensorType floats(Dim rows, int64_t columns) { return {DType::f32, {rows, Dim(columns)}}; }

// y = relu(x * transpose(w)), two steps.
Plan hand_made_plan() {
  const Dim n = Dim::symbol(0);
  Plan plan{
      .name = "hand-made", .symbols = {{"n", 1, 1, 4}}, .values = {}, .steps = {}, .outputs = {3}};
  plan.values.push_back({.name = "x", .type = floats(n, 2), .storage = Storage::input});
  plan.values.push_back({.name = "w", .type = floats(Dim(3), 2), .storage = Storage::weight});
  plan.values.push_back({.name = "product", .type = floats(n, 3)});
  plan.values.push_back({.name = "y", .type = floats(n, 3)});
  const OpDef* matmul = find_op("matmul");
  plan.inputs = {0};
  plan.steps.push_back({.op = matmul,
                        .name = "product",
                        .attrs = matmul->default_attrs(),
                        .operands = {0, 1, -1, -1},
                        .results = {2},
                        .group = 0});
  plan.steps.push_back({.op = find_op("unary"),
                        .name = "y",
                        .attrs = UnaryAttrs{UnaryKind::relu},
                        .operands = {2},
                        .results = {3},
                        .group = 1});
  return plan;
}

TEST(RunHalf, RunsAPlanThatNoCompilerMade) {
  const std::vector<float> weights = {1, 0, 0, -1, 2, 3};
  WeightMap map;
  map.add_canonical("w", std::as_bytes(std::span(weights)));
  ThreadPool pool(2);
  auto session = Session::open(hand_made_plan(), map, pool, {});
  ASSERT_TRUE(session) << session.error().text();
  ASSERT_TRUE(session->bind({{2}}));
  const std::span<float> x = session->input<float>("x");
  ASSERT_EQ(x.size(), 4u);
  std::ranges::copy(std::vector<float>{5, 7, -1, -2}, x.begin());
  ASSERT_TRUE(session->run());
  const std::span<const float> y = session->output(0);
  EXPECT_EQ(std::vector<float>(y.begin(), y.end()), (std::vector<float>{5, 0, 31, 0, 2, 0}));
}

TEST(RunHalf, RefusesAPlanWithoutItsWeights) {
  ThreadPool pool(1);
  const auto session = Session::open(hand_made_plan(), {}, pool, {});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().text(), "weight 'w': the model has no such weight");
}

TEST(RunHalf, HoldsTheCInterface) {
  hone_model* model = nullptr;
  hone_error* error = hone_model_open("a.onnx", nullptr, &model);
  EXPECT_EQ(hone_error_code(error), HONE_UNSUPPORTED);
  EXPECT_STREQ(hone_error_message(error), "a.onnx: nothing is opened here");
  hone_error_free(error);
}

}  // namespace
}  // namespace hone
