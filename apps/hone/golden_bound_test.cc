// The bounds are derived; here they are held against what instruction sets really give.
#include "golden_bound.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "open/load_language_model.h"
#include "support/scratch_folder.h"
#include "support/tiny_models.h"
#include "tensor_error.h"

namespace hone::cli {
namespace {

class GoldenBound : public testing::TestWithParam<test::GoldenModel> {};

Tensor logits_of(const std::string& path, Isa isa, NumericClass& numeric) {
  auto file = GgufFile::open(path);
  auto loaded =
      load_language_model(LanguageModelFile(*std::move(file)), {.threads = 1, .isa = isa});
  EXPECT_TRUE(loaded) << loaded.error().text();
  numeric = numeric_class_of(loaded->model->session().plan());
  const std::vector<int32_t> tokens = {3, 1, 4, 1, 5, 9, 2, 6};
  const auto logits = loaded->model->evaluate(tokens, 0);
  EXPECT_TRUE(logits) << logits.error().text();
  const ConstView view = {reinterpret_cast<const std::byte*>(logits->data()), DType::f32,
                          Dims{std::ssize(*logits)}};
  return Tensor::copy_of(view).value();
}

TEST_P(GoldenBound, HoldsBetweenInstructionSets) {
  const test::ScratchFolder folder;
  const std::string path = folder.path() + "/model.gguf";
  std::ofstream(path, std::ios::binary) << test::tiny_model_text(GetParam().options);
  NumericClass numeric;
  const Tensor best = logits_of(path, best_isa(), numeric);
  EXPECT_GT(numeric.share, 0);
  EXPECT_LT(numeric.share, numeric.name == "int8" ? 0.03 : 0.005);
  for (const Isa isa : supported_isas()) {
    NumericClass same;
    const TensorError error = tensor_error(best, logits_of(path, isa, same)).value();
    EXPECT_LE(error.max_abs, numeric.share * error.range)
        << name_of(isa) << ", numeric class " << numeric.name;
    EXPECT_EQ(same.share, numeric.share);
  }
}

INSTANTIATE_TEST_SUITE_P(Goldens, GoldenBound, testing::ValuesIn(test::golden_models()),
                         [](const auto& model) {
                           std::string name = model.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace hone::cli
