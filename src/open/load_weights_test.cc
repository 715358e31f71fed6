#include "open/load_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/text.h"
#include "open/load_program.h"
#include "support/golden.h"

namespace hone {
namespace {

using testing::HasSubstr;

std::string source(std::string_view path) { return cat(HONE_SOURCE_DIR, "/", path); }

ModelFiles bert() {
  return {.path = source("fuzz/corpus/weights/bert.safetensors"),
          .format = FileFormat::safetensors,
          .files = {{"config", source("src/frontend/weights/testdata/bert.config.json")}}};
}

RunValue numbers(std::span<const int32_t> values) {
  auto tensor = Tensor::allocate(DType::i64, {2, 5}).value();
  for (size_t i = 0; i < values.size(); ++i) tensor.writable().as<int64_t>()[i] = values[i];
  return RunValue(std::move(tensor));
}

// Against transformers.BertModel (tools/make_weights_goldens.py).
TEST(LoadWeights, BertGivesWhatTransformersGives) {
  const auto golden = test::Golden::open(source("src/frontend/weights/testdata/bert.golden"));
  ASSERT_TRUE(golden) << golden.error().text();
  const auto model = load_program(bert(), {.threads = 2});
  ASSERT_TRUE(model) << model.error().text();
  ASSERT_EQ(model->inputs.size(), 3u);
  EXPECT_EQ(model->inputs[0].name, "input_ids");
  EXPECT_EQ(model->outputs, std::vector<std::string>{"last_hidden_state"});
  const std::vector<RunValue> inputs = {numbers(golden->ints("ids")), numbers(golden->ints("mask")),
                                        numbers(golden->ints("types"))};
  const auto outputs = model->session->run(inputs);
  ASSERT_TRUE(outputs) << outputs.error().text();
  const ConstView view = (*outputs)[0].tensor.view();
  ASSERT_EQ(view.dims, (Dims{2, 5, 16}));
  std::vector<float> vectors(2 * 5 * 16);
  std::memcpy(vectors.data(), view.data, vectors.size() * sizeof(float));
  EXPECT_LT(test::difference(vectors, golden->floats("vectors")).max, 1e-5);
}

std::string error_of(const ModelFiles& files) {
  const auto model = load_program(files, {.threads = 1});
  EXPECT_FALSE(model);
  return model ? "" : model.error().text();
}

TEST(LoadWeights, WhatHasNoGraphIsToldHowToGetOne) {
  ModelFiles files = bert();
  files.files.clear();
  EXPECT_THAT(error_of(files), HasSubstr("config.json"));
  for (const std::string_view name : {"script.pt", "module.pth"}) {
    const std::string path = source(cat("fuzz/corpus/weights/", name));
    const std::string error = error_of({.path = path, .format = FileFormat::pth});
    EXPECT_THAT(error, HasSubstr("torch.onnx.export"));
    EXPECT_THAT(error, HasSubstr(path));
  }
}

}  // namespace
}  // namespace hone
