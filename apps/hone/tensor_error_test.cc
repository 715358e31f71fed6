#include "tensor_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace hone::cli {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Tensor tensor(const std::vector<double>& values, const Dims& dims) {
  return *tensor_of(values, DType::f32, dims);
}

TEST(TensorError, IsZeroForEqualTensors) {
  const TensorError error = *tensor_error(tensor({1, -2, 3}, {3}), tensor({1, -2, 3}, {3}));
  EXPECT_EQ(error.cosine, 1);
  EXPECT_EQ(error.max_abs, 0);
  EXPECT_EQ(error.relative, 0);
  EXPECT_EQ(error.range, 5);
}

// Worked out by hand: the difference is (0, 2, -1).
TEST(TensorError, IsTheLargestDifferenceTheAngleAndTheLength) {
  const TensorError error = *tensor_error(tensor({2, 0, 4}, {3}), tensor({2, 2, 3}, {3}));
  EXPECT_EQ(error.max_abs, 2);
  EXPECT_EQ(error.of_range(), 0.5);
  EXPECT_NEAR(error.cosine, 16 / std::sqrt(20.0 * 17.0), 1e-12);
  EXPECT_NEAR(error.relative, std::sqrt(5.0 / 20.0), 1e-12);
}

TEST(TensorError, CountsWhatIsFiniteInOneOnly) {
  const TensorError error = *tensor_error(tensor({1, NAN, kInfinity, kInfinity, 2}, {5}),
                                          tensor({1, NAN, kInfinity, 3, NAN}, {5}));
  EXPECT_EQ(error.not_finite, 2);
  EXPECT_EQ(error.max_abs, 0);
}

TEST(TensorError, ZerosHaveNoDirection) {
  EXPECT_EQ(tensor_error(tensor({0, 0}, {2}), tensor({0, 0}, {2}))->cosine, 1);
  EXPECT_EQ(tensor_error(tensor({0, 0}, {2}), tensor({1, 0}, {2}))->cosine, 0);
}

TEST(TensorError, FollowsTheOrderOfAxes) {
  const Tensor first = tensor({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, {1, 3, 2, 2});
  const Tensor last = tensor({0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}, {1, 2, 2, 3});
  EXPECT_EQ(tensor_error(first, last, AxisOrder::b_channels_last)->max_abs, 0);
  EXPECT_EQ(tensor_error(last, first, AxisOrder::b_channels_first)->max_abs, 0);
  EXPECT_GT(tensor_error(first, last)->max_abs, 0);
}

TEST(TensorError, RefusesOtherNumbersOfElementsAndText) {
  EXPECT_FALSE(tensor_error(tensor({1}, {1}), tensor({1, 2}, {2})));
  EXPECT_FALSE(numbers_of(Tensor::of_strings({"a"}, {1})));
}

}  // namespace
}  // namespace hone::cli
