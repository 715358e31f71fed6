#include "backend/cpu/choice.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ops/conv/op.h"
#include "ops/list.h"

namespace hone {
namespace {

// A depthwise convolution of 3 x 3, which several kernels take.
class Choice : public testing::Test {
 protected:
  Choice() {
    ConvAttrs attrs;
    attrs.groups = 8;
    attrs.window.pads = {1, 1, 1, 1};
    attrs_ = Attrs(attrs);
    binding_.op = find_op("conv");
    binding_.attrs = &attrs_;
    binding_.operands.resize(5);
    binding_.operands[0].view = view(x_, {1, 8, 10, 10});
    binding_.operands[1].view = view(w_, {8, 1, 3, 3});
    binding_.operands[1].is_constant = true;
    binding_.results.resize(1);
    binding_.results[0].view = view(y_, {1, 8, 10, 10});
  }
  static View view(std::vector<float>& data, Dims dims) {
    data.resize(static_cast<size_t>(dims.elements()), 0.5f);
    return {reinterpret_cast<std::byte*>(data.data()), DType::f32, dims};
  }
  // What is bound where a Tuning names this.
  ChosenStep bind(std::string variant, int32_t grain) const {
    const std::string text = step_text(binding_);
    const Tuning tuning{
        .processor = {}, .build = {}, .choices = {{text, std::move(variant), grain, 1, 2}}};
    return bind_tuned(binding_, &tuning, text);
  }

  Attrs attrs_;
  std::vector<float> x_, w_, y_;
  StepBinding binding_;
};

TEST_F(Choice, OptionsBeginWithTheUsualAndAreOfOneClass) {
  const std::vector<KernelOption> options = kernel_options(binding_);
  ASSERT_GT(options.size(), 2u);
  EXPECT_EQ(options[0], (KernelOption{choose_kernel(binding_)->variant, 0}));
  EXPECT_EQ(std::ranges::count(options, KernelOption{"product", 0}), 1);
  EXPECT_EQ(std::ranges::count(options, KernelOption{"depthwise", 0}), 1);
  for (const KernelOption& option : options) {
    EXPECT_NE(option.variant, "dots") << "sums in another order";
    EXPECT_NE(option.variant, "generic") << "rounds otherwise";
    EXPECT_EQ(std::ranges::count(options, option), 1);
  }
}

TEST_F(Choice, ATuningIsFollowedWhereItMay) {
  const ChosenStep usual = bind_tuned(binding_, nullptr, {});
  EXPECT_EQ(usual.variant, "same");
  EXPECT_EQ(bind("product", 0).variant, "product");
  const ChosenStep coarse = bind("depthwise", 2);
  EXPECT_EQ(coarse.variant, "depthwise");
  EXPECT_EQ(coarse.grain, 2);
}

TEST_F(Choice, WhatItMayNotNameIsPassedOver) {
  for (const char* variant : {"dots", "generic", "no such kernel", ""}) {
    const ChosenStep step = bind(variant, 0);
    EXPECT_EQ(step.variant, "same") << variant;
    EXPECT_NE(step.step, nullptr);
  }
  EXPECT_EQ(bind("product", INT32_MAX).grain, kMostGrain);
  EXPECT_EQ(bind("product", INT32_MIN).grain, -kMostGrain);
  EXPECT_EQ(bind("same", 2).grain, 0) << "it has no grain";
}

TEST_F(Choice, TextsTellStepsApart) {
  const std::string text = step_text(binding_);
  EXPECT_TRUE(text.starts_with("conv(")) << text;
  EXPECT_EQ(text, step_text(binding_));
  StepBinding other = binding_;
  other.threads = 2;
  EXPECT_NE(step_text(other), text);
  other = binding_;
  other.operands[1].is_constant = false;
  EXPECT_NE(step_text(other), text);
  other = binding_;
  other.results[0].view.dims = Dims{1, 8, 9, 10};
  EXPECT_NE(step_text(other), text);
}

}  // namespace
}  // namespace hone
