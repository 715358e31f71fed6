// non_max_suppression on its own; ONNX's cases of it run in onnx_conformance.
#include <gtest/gtest.h>

#include <cmath>

#include "backend/host_op.h"
#include "ops/non_max_suppression/op.h"

namespace hone {
namespace {

template <class T>
RunValue tensor(DType dtype, const std::vector<T>& values, std::vector<int64_t> shape) {
  Tensor made = Tensor::allocate(dtype, Dims(std::span<const int64_t>(shape))).value();
  std::copy(values.begin(), values.end(), made.writable().as<T>());
  return made;
}
RunValue floats(const std::vector<float>& values, std::vector<int64_t> shape) {
  return tensor(DType::f32, values, std::move(shape));
}

Expected<std::vector<RunValue>> run(const RunValue& boxes, const RunValue& scores, int64_t most,
                                    float overlap, float score) {
  const RunValue limit = tensor<int64_t>(DType::i64, {most}, {1});
  const RunValue share = floats({overlap}, {1}), least = floats({score}, {1});
  const std::vector<const RunValue*> operands{&boxes, &scores, &limit, &share, &least};
  return find_host_op("non_max_suppression")->run(Attrs(NonMaxSuppressionAttrs{}), operands);
}

// Two boxes that share 2 of 6 units of area, the second turned over, and one apart.
RunValue three_boxes() { return floats({0, 0, 2, 2, 2, 3, 0, 1, 5, 5, 6, 6}, {1, 3, 4}); }

std::vector<int64_t> rows(const std::vector<RunValue>& results) {
  const ConstView view = results[0].tensor.view();
  return {view.as<int64_t>(), view.as<int64_t>() + view.dims.elements()};
}

using Rows = std::vector<int64_t>;

TEST(NonMaxSuppression, TheBetterOfTwoThatOverlapStays) {
  const RunValue scores = floats({0.5f, 0.9f, 0.1f}, {1, 1, 3});
  EXPECT_EQ(rows(run(three_boxes(), scores, 9, 0.3f, 0).value()), (Rows{0, 0, 1, 0, 0, 2}));
  EXPECT_EQ(rows(run(three_boxes(), scores, 9, 0.34f, 0).value()),
            (Rows{0, 0, 1, 0, 0, 0, 0, 0, 2}));
}

TEST(NonMaxSuppression, NoMoreThanWantedAndNoneAtTheLeastScoreOrBelow) {
  const RunValue scores = floats({0.5f, 0.9f, 0.1f}, {1, 1, 3});
  EXPECT_EQ(rows(run(three_boxes(), scores, 1, 1, 0).value()), (Rows{0, 0, 1}));
  EXPECT_EQ(rows(run(three_boxes(), scores, 9, 1, 0.5f).value()), (Rows{0, 0, 1}));
  EXPECT_TRUE(rows(run(three_boxes(), scores, 0, 1, 0).value()).empty());
}

TEST(NonMaxSuppression, EqualScoresKeepTheirOrderAndNaNIsNoScore) {
  const RunValue scores = floats({0.5f, 0.5f, NAN}, {1, 1, 3});
  EXPECT_EQ(rows(run(three_boxes(), scores, 9, 0.3f, 0).value()), (Rows{0, 0, 0}));
}

TEST(NonMaxSuppression, OperandsThatDoNotFitAreRefused) {
  const RunValue scores = floats({0.5f, 0.9f, 0.1f}, {1, 1, 3});
  EXPECT_FALSE(run(three_boxes(), floats({1, 1}, {1, 1, 2}), 9, 0, 0));
  EXPECT_FALSE(run(three_boxes(), floats({1, 1, 1}, {1, 3}), 9, 0, 0));
  EXPECT_FALSE(run(floats({1, 1, 1}, {1, 3, 1}), scores, 9, 0, 0));
  EXPECT_FALSE(run(three_boxes(), RunValue(), 9, 0, 0));
  const RunValue boxes = three_boxes();
  const RunValue wide = floats({1, 2}, {2});
  const std::vector<const RunValue*> operands{&boxes, &scores, &wide};
  EXPECT_FALSE(find_host_op("non_max_suppression")->run(Attrs(NonMaxSuppressionAttrs{}), operands));
}

}  // namespace
}  // namespace hone
