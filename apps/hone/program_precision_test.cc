// A precision in an engine: kept there, and nothing where a device does not have it.
#include "program_precision.h"

#include <gtest/gtest.h>

#include "open/load_program.h"
#include "support/scratch_folder.h"
#include "support/split_mix.h"
#include "tensor_error.h"
#include "write_engine.h"

namespace hone::cli {
namespace {

// It has one product with a constant.
ModelFiles source() {
  return {.path = cat(HONE_SOURCE_DIR, "/tests/golden/onnx_contrib/attention_plain/model.onnx"),
          .format = FileFormat::onnx};
}

ModelFiles engine(const std::string& path, const passes::PrecisionWish& wish) {
  const auto made = write_engine(source(), path, {.precision = wish},
                                 [](uint64_t, uint64_t) { return Status(); });
  EXPECT_TRUE(made) << made.error().text();
  return {.path = path, .format = FileFormat::hone};
}

std::vector<std::string> coarse_steps(const ModelFiles& files) {
  const auto loaded = load_program(files, {.threads = 1});
  EXPECT_TRUE(loaded) << loaded.error().text();
  std::vector<std::string> names;
  for (const Session* session : loaded->session->sessions()) {
    for (const PlanStep& step : session->plan().steps) {
      if (step.precision == Precision::bf16) names.push_back(step.name);
    }
  }
  return names;
}

Tensor output_of(const ModelFiles& files, Isa isa) {
  const auto loaded = load_program(files, {.threads = 1, .isa = isa});
  EXPECT_TRUE(loaded) << loaded.error().text();
  std::vector<RunValue> inputs;
  test::SplitMix64 random(7);
  for (const ProgramValue& input : loaded->inputs) {
    Tensor tensor = Tensor::allocate(DType::f32, Dims(input.type.tensor.shape, {})).value();
    auto* x = reinterpret_cast<float*>(tensor.writable().data);
    for (int64_t i = 0; i < tensor.dims().elements(); ++i) x[i] = random.uniform();
    inputs.emplace_back(std::move(tensor));
  }
  const auto outputs = loaded->session->run(inputs);
  EXPECT_TRUE(outputs) << outputs.error().text();
  return (*outputs)[0].tensor;
}

TEST(ProgramPrecision, AnEngineKeepsIt) {
  const test::ScratchFolder folder;
  const auto all = engine(folder.path() + "/all.hone", {.all = Precision::bf16});
  const std::vector<std::string> steps = coarse_steps(all);
  ASSERT_EQ(steps.size(), 1u);
  const auto one = engine(folder.path() + "/one.hone", {.steps = {{steps[0], Precision::bf16}}});
  EXPECT_EQ(coarse_steps(one), steps);
  const auto none = engine(folder.path() + "/none.hone", {.steps = {{"another", Precision::bf16}}});
  EXPECT_TRUE(coarse_steps(none).empty());
  EXPECT_TRUE(coarse_steps(source()).empty());
}

TEST(ProgramPrecision, SetsWithoutBf16GiveTheBitsOfF32) {
  const test::ScratchFolder folder;
  const auto coarse = engine(folder.path() + "/bf16.hone", {.all = Precision::bf16});
  for (const Isa isa : supported_isas()) {
    const Tensor exact = output_of(source(), isa), got = output_of(coarse, isa);
    const TensorError error = tensor_error(exact, got).value();
    if (multiplies_bf16(isa)) {
      EXPECT_GT(error.max_abs, 0) << name_of(isa);
      EXPECT_LT(error.of_range(), 0.01) << name_of(isa);
    } else {
      EXPECT_EQ(error.max_abs, 0) << name_of(isa);
    }
  }
}

}  // namespace
}  // namespace hone::cli
