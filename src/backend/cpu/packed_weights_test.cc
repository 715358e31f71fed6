#include "backend/cpu/packed_weights.h"

#include <gtest/gtest.h>

#include "ops/batch_matmul/op.h"
#include "ops/list.h"

namespace hone {
namespace {

class PackOnce : public testing::Test {
 protected:
  PackOnce()
      : attrs_(BatchMatmulAttrs{}), packed_([this](Bytes bytes) { released_ += bytes.size(); }) {
    binding_.op = find_op("batch_matmul");
    binding_.attrs = &attrs_;
    binding_.packed = &packed_;
    binding_.operands.resize(3);
    for (size_t i = 0; i < 2; ++i) {
      binding_.operands[i].view = {data_[i], DType::f32, Dims{2, 2}};
    }
    binding_.operands[1].is_weight = binding_.operands[1].is_constant = true;
  }

  std::shared_ptr<const std::vector<int>> pack() {
    return pack_once(binding_, 1, 3, "test", [this] { return std::vector<int>{++made_}; });
  }

  std::byte data_[3][16] = {};
  Attrs attrs_;
  size_t released_ = 0;
  PackedWeights packed_;
  StepBinding binding_;
  int made_ = 0;
};

TEST_F(PackOnce, AWeightIsPackedOnceWhateverTheShapesOfX) {
  const auto first = pack();
  binding_.operands[0].view.dims = Dims{7, 2};
  EXPECT_EQ(pack(), first);
  EXPECT_EQ(made_, 1);
  EXPECT_EQ(released_, 16u);
  EXPECT_EQ(packed_.bytes(), sizeof(int));
  EXPECT_TRUE(packed_.is_released(data_[1]));
  EXPECT_FALSE(packed_.is_released(data_[0]));
}

TEST_F(PackOnce, AnotherFormIsPackedAnew) {
  const auto first = pack();
  attrs_ = BatchMatmulAttrs{.trans_b = true};
  EXPECT_NE(pack(), first);
  binding_.operands[1].view.dims = Dims{1, 4};
  pack();
  binding_.operands[2].view = {data_[2], DType::f32, Dims{4}};
  binding_.operands[2].is_weight = true;
  pack();
  EXPECT_EQ(made_, 4);
}

TEST_F(PackOnce, WhatMayChangeIsPackedEachTime) {
  binding_.operands[1].is_weight = false;  // known when bound, and gone with the binding
  EXPECT_NE(pack(), pack());
  EXPECT_EQ(released_, 0u);
}

}  // namespace
}  // namespace hone
