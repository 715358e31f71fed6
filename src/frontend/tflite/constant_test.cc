#include "frontend/tflite/constant.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tensor/shape.h"

namespace hone::tflite {
namespace {

using schema::DimensionType;
using schema::SparseIndexVector;

void expect_error(const Expected<DenseBytes>& dense, Code code, std::string_view part) {
  ASSERT_FALSE(dense);
  EXPECT_EQ(dense.error().code, code) << dense.error().text();
  EXPECT_NE(dense.error().text().find(part), std::string::npos) << dense.error().text();
}

TensorView constant(TensorType type, const std::vector<int32_t>& shape, Bytes data) {
  TensorView tensor;
  tensor.name = "t";
  tensor.type = type;
  tensor.shape = PackedView<int32_t>(shape);
  tensor.data = data;
  return tensor;
}

TEST(DenseBytes, ViewsWhatIsStoredWhole) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const std::vector<int32_t> shape = {2, 3};
  const Bytes data = std::as_bytes(std::span(values));
  const auto dense = dense_bytes(constant(TensorType::FLOAT32, shape, data));
  ASSERT_TRUE(dense) << dense.error().text();
  EXPECT_TRUE(dense->is_view());
  EXPECT_EQ(dense->bytes().data(), data.data());
  EXPECT_EQ(dense->bytes().size(), data.size());
}

TEST(DenseBytes, MovesWithWhatWasUnpacked) {
  const std::vector<uint8_t> packed = {0x21, 0x0f};
  const std::vector<int32_t> shape = {3};
  auto dense = dense_bytes(constant(TensorType::INT4, shape, std::as_bytes(std::span(packed))));
  ASSERT_TRUE(dense) << dense.error().text();
  const DenseBytes moved = std::move(*dense);
  const PackedView<int8_t> codes(moved.bytes());
  ASSERT_EQ(codes.size(), 3u);
  EXPECT_EQ(codes[0], 1);
  EXPECT_EQ(codes[1], 2);
  EXPECT_EQ(codes[2], -1);
}

TEST(DenseBytes, RefusesDataOfAnotherSizeThanTheShape) {
  const std::vector<std::byte> data(8);
  const std::vector<int32_t> three = {3};
  const std::vector<int32_t> unknown = {-1, 2};
  const std::vector<int32_t> huge(kMaxRank, INT32_MAX);
  expect_error(dense_bytes(constant(TensorType::FLOAT32, three, data)), Code::corrupt,
               "tensor 't': its data has 8 bytes where its shape needs 12");
  expect_error(dense_bytes(constant(TensorType::INT4, three, data)), Code::corrupt, "needs 2");
  expect_error(dense_bytes(constant(TensorType::FLOAT32, unknown, data)), Code::corrupt, "size -1");
  expect_error(dense_bytes(constant(TensorType::INT8, huge, data)), Code::limit_exceeded,
               "elements");
}

TEST(DenseBytes, SaysWhyThereIsNone) {
  const std::vector<std::byte> data(8);
  const std::vector<int32_t> shape = {8};
  TensorView tensor = constant(TensorType::INT8, shape, data);
  tensor.data.reset();
  expect_error(dense_bytes(tensor), Code::corrupt, "no data");
  tensor.has_unknown_fields = true;
  expect_error(dense_bytes(tensor), Code::corrupt, "newer than hone's schema");
  expect_error(dense_bytes(constant(TensorType::STRING, shape, data)), Code::unsupported, "STRING");
  expect_error(dense_bytes(constant(static_cast<TensorType>(77), shape, data)), Code::unsupported,
               "type 77, which is newer");
}

// A matrix of 4 x 6, row-major, whose rows list their columns.
class SparseMatrix : public testing::Test {
 protected:
  Expected<DenseBytes> spread() {
    tensor_ = constant(TensorType::INT8, shape_, std::as_bytes(std::span(values_)));
    Sparsity sparsity;
    sparsity.traversal_order = PackedView<int32_t>(order_);
    sparsity.block_map = PackedView<int32_t>(block_map_);
    sparsity.levels = levels_;
    if (levels_.size() > 1 && levels_[1].format == DimensionType::SPARSE_CSR) {
      const auto kind = SparseIndexVector::Int32Vector;
      sparsity.levels[1].segments = IndexView(std::as_bytes(std::span(segments_)), kind);
      sparsity.levels[1].indices = IndexView(std::as_bytes(std::span(indices_)), kind);
    }
    tensor_.sparsity = sparsity;
    return dense_bytes(tensor_);
  }

  std::vector<int32_t> shape_ = {4, 6};
  std::vector<int32_t> order_ = {0, 1};
  std::vector<int32_t> block_map_;
  std::vector<Sparsity::Level> levels_ = {{DimensionType::DENSE, 4, {}, {}},
                                          {DimensionType::SPARSE_CSR, 0, {}, {}}};
  std::vector<int32_t> segments_ = {0, 1, 1, 3, 4};
  std::vector<int32_t> indices_ = {5, 0, 2, 3};
  std::vector<int8_t> values_ = {1, 2, 3, 4};
  TensorView tensor_;
};

TEST_F(SparseMatrix, IsSpread) {
  const auto dense = spread();
  ASSERT_TRUE(dense) << dense.error().text();
  std::vector<int8_t> expected(24);
  expected[5] = 1;
  expected[12] = 2;
  expected[14] = 3;
  expected[21] = 4;
  const PackedView<int8_t> out(dense->bytes());
  ASSERT_EQ(out.size(), 24u);
  for (size_t i = 0; i < 24; ++i) EXPECT_EQ(out[i], expected[i]) << i;
}

TEST_F(SparseMatrix, WithSeveralBlocksOfOneDimension) {
  shape_ = {1, 8};
  order_ = {0, 1, 2, 3};
  block_map_ = {1, 1};
  levels_ = {{DimensionType::DENSE, 1, {}, {}},
             {DimensionType::DENSE, 2, {}, {}},
             {DimensionType::DENSE, 2, {}, {}},
             {DimensionType::DENSE, 2, {}, {}}};
  values_.resize(8);
  std::iota(values_.begin(), values_.end(), int8_t{1});
  const auto dense = spread();
  ASSERT_TRUE(dense) << dense.error().text();
  EXPECT_TRUE(std::ranges::equal(dense->bytes(), std::as_bytes(std::span(values_))));
}

TEST_F(SparseMatrix, RefusesIndicesThatDoNotRiseOrAreTooLarge) {
  indices_ = {6, 0, 2, 3};
  expect_error(spread(), Code::corrupt, "index 6 after -1 in a dimension of 6");
  indices_ = {5, 2, 2, 3};
  expect_error(spread(), Code::corrupt, "index 2 after 2");
  indices_ = {5, 2, 0, 3};
  expect_error(spread(), Code::corrupt, "index 0 after 2");
  indices_ = {-1, 0, 2, 3};
  expect_error(spread(), Code::corrupt, "index -1");
}

TEST_F(SparseMatrix, RefusesSegmentsThatDoNotHoldTheIndices) {
  segments_ = {0, 1, 1, 3};
  expect_error(spread(), Code::corrupt, "4 borders for 4 segments");
  segments_ = {0, 1, 1, 3, 5};
  expect_error(spread(), Code::corrupt, "do not hold its 4 indices");
  segments_ = {1, 1, 1, 3, 4};
  expect_error(spread(), Code::corrupt, "do not hold");
  indices_ = {0, 1, 2, 3};
  segments_ = {0, 3, 1, 3, 4};
  expect_error(spread(), Code::corrupt, "do not rise");
  segments_ = {0, 400, 1, 3, 4};
  expect_error(spread(), Code::corrupt, "do not rise");
}

TEST_F(SparseMatrix, RefusesLevelsThatDoNotFitTheShape) {
  levels_[0].dense_size = 5;
  expect_error(spread(), Code::corrupt, "5 entries for a dimension of 4");
  levels_[0].dense_size = 4;
  order_ = {0, 0};
  expect_error(spread(), Code::corrupt, "place 1 of the order");
  order_ = {0, 2};
  expect_error(spread(), Code::corrupt, "dimension 2");
  order_ = {0};
  expect_error(spread(), Code::corrupt, "it orders 1");
  order_ = {0, 1};
  levels_[0].format = static_cast<DimensionType>(9);
  expect_error(spread(), Code::unsupported, "format 9");
}

TEST_F(SparseMatrix, RefusesBlocksThatDoNotCutEvenly) {
  order_ = {0, 1, 2};
  block_map_ = {1};
  levels_.push_back({DimensionType::DENSE, 4, {}, {}});
  expect_error(spread(), Code::corrupt, "a dimension of 6 is cut into blocks of 4");
  levels_[2].dense_size = 0;
  expect_error(spread(), Code::corrupt, "a block is not dense, or of size 0");
  levels_[2] = {DimensionType::SPARSE_CSR, 2, {}, {}};
  expect_error(spread(), Code::corrupt, "a block is not dense");
  levels_[2] = {DimensionType::DENSE, 2, {}, {}};
  block_map_ = {2};
  expect_error(spread(), Code::corrupt, "part of dimension 2 of 2");
}

TEST_F(SparseMatrix, RefusesFewerValuesThanAreListed) {
  values_.pop_back();
  expect_error(spread(), Code::corrupt, "4 values are listed and 3 stored");
  levels_[1] = {DimensionType::DENSE, 6, {}, {}};
  expect_error(spread(), Code::corrupt, "more than the 3 entries");
}

TEST_F(SparseMatrix, DoesNotGrowBeyondReason) {
  shape_ = {4, 1 << 20};
  expect_error(spread(), Code::limit_exceeded, "4 bytes stand for 4194304");
  shape_ = {1 << 16, 1 << 16};
  expect_error(spread(), Code::limit_exceeded, "are allowed");
  shape_ = {0, INT32_MAX, INT32_MAX, INT32_MAX, INT32_MAX};
  ASSERT_TRUE(spread());
}

}  // namespace
}  // namespace hone::tflite
