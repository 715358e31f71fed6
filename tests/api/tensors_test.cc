// hone.h on a model that takes tensors, used well and badly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "api/models.h"
#include "hone/hone.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The error's code, which is freed.
hone_code code_of(hone_error* error) {
  const hone_code code = hone_error_code(error);
  hone_error_free(error);
  return code;
}

std::string text_of(hone_error* error) {
  std::string text = hone_error_message(error);
  hone_error_free(error);
  return text;
}

hone_tensor floats(const char* name, std::vector<int64_t> shape, std::vector<float>& values) {
  hone_tensor tensor = {};
  tensor.name = name;
  tensor.dtype = HONE_F32;
  tensor.rank = static_cast<int32_t>(shape.size());
  for (size_t i = 0; i < shape.size(); ++i) tensor.shape[i] = shape[i];
  tensor.data = values.data();
  tensor.size_bytes = values.size() * sizeof(float);
  return tensor;
}

class Tensors : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(text_of(hone_model_open(hone_test::ports_model().c_str(), nullptr, &model_)), "");
    inputs_ = {floats("x", {2, 3}, x_), floats("bias", {3}, bias_)};
  }
  void TearDown() override { hone_model_free(model_); }

  hone_error* run() { return hone_model_run(model_, inputs_.data(), inputs_.size(), &results_); }
  std::string refused() {
    hone_error* error = run();
    if (error == nullptr) hone_results_free(results_);
    return text_of(error);
  }
  std::vector<float> result(size_t index) {
    hone_tensor tensor = {};
    EXPECT_EQ(text_of(hone_results_get(results_, index, &tensor)), "");
    const auto* data = static_cast<const float*>(tensor.data);
    return {data, data + tensor.size_bytes / sizeof(float)};
  }

  hone_model* model_ = nullptr;
  hone_results* results_ = nullptr;
  std::vector<float> x_ = {1, 2, 3, 4, 5, 6}, bias_ = {10, 20, 30};
  std::vector<hone_tensor> inputs_;
};

TEST_F(Tensors, AModelTellsWhatItTakesAndGives) {
  EXPECT_EQ(hone_model_kind(model_), HONE_KIND_TENSORS);
  ASSERT_EQ(hone_model_input_count(model_), 2u);
  ASSERT_EQ(hone_model_output_count(model_), 3u);
  hone_port port = {};
  port.struct_size = sizeof port;
  ASSERT_EQ(text_of(hone_model_input(model_, 0, &port)), "");
  EXPECT_STREQ(port.name, "x");
  EXPECT_EQ(port.dtype, HONE_F32);
  ASSERT_EQ(port.rank, 2);
  EXPECT_EQ(port.shape[0], -1);
  EXPECT_STREQ(port.symbol[0], "batch");
  EXPECT_EQ(port.shape[1], 3);
  EXPECT_EQ(port.symbol[1], nullptr);
  EXPECT_EQ(port.size_bytes, 0u);
  ASSERT_EQ(text_of(hone_model_output(model_, 2, &port)), "");
  EXPECT_STREQ(port.name, "sizes");
  EXPECT_EQ(port.dtype, HONE_I64);
  EXPECT_EQ(port.scale, 0);
  ASSERT_EQ(hone_model_metadata_count(model_), 1u);
  EXPECT_STREQ(hone_model_metadata_key(model_, 0), "author");
  EXPECT_STREQ(hone_model_metadata_value(model_, 0), "tests");
  EXPECT_EQ(hone_model_metadata_key(model_, 1), nullptr);
}

TEST_F(Tensors, ARunGivesResultsThatOutliveTheModelAndTheInputs) {
  ASSERT_EQ(text_of(run()), "");
  hone_model_free(std::exchange(model_, nullptr));
  std::ranges::fill(x_, -1.0f);
  ASSERT_EQ(hone_results_count(results_), 3u);
  EXPECT_THAT(result(0), ElementsAre(12, 24, 36, 18, 30, 42));
  EXPECT_THAT(result(1), ElementsAre(1, 2, 3, 4, 5, 6)) << "an input that is an output";
  hone_tensor sizes = {};
  ASSERT_EQ(text_of(hone_results_get(results_, 2, &sizes)), "");
  EXPECT_STREQ(sizes.name, "sizes");
  EXPECT_EQ(static_cast<const int64_t*>(sizes.data)[0], 2);
  hone_results_free(results_);
}

TEST_F(Tensors, NamesMayComeInAnyOrderOrNotAtAll) {
  std::swap(inputs_[0], inputs_[1]);
  ASSERT_EQ(text_of(run()), "");
  EXPECT_THAT(result(0), ElementsAre(12, 24, 36, 18, 30, 42));
  hone_results_free(results_);
  std::swap(inputs_[0], inputs_[1]);
  for (hone_tensor& tensor : inputs_) tensor.name = nullptr;
  ASSERT_EQ(text_of(run()), "");
  EXPECT_THAT(result(0), ElementsAre(12, 24, 36, 18, 30, 42));
  hone_results_free(results_);
}

TEST_F(Tensors, AnAddressThatDoesNotSuitFloatsIsFine) {
  std::vector<char> bytes(x_.size() * sizeof(float) + 1);
  memcpy(bytes.data() + 1, x_.data(), bytes.size() - 1);
  inputs_[0].data = bytes.data() + 1;
  ASSERT_EQ(text_of(run()), "");
  EXPECT_THAT(result(0), ElementsAre(12, 24, 36, 18, 30, 42));
  hone_results_free(results_);
}

TEST_F(Tensors, TheCallersMemoryIsFilledOnceItHasTheSize) {
  hone_tensor output = {};
  output.name = "sum";
  hone_error* error = hone_model_run_into(model_, inputs_.data(), inputs_.size(), &output, 1);
  EXPECT_EQ(hone_error_code(error), HONE_LIMIT_EXCEEDED);
  EXPECT_THAT(text_of(error), HasSubstr("output 'sum': takes 24 bytes"));
  EXPECT_EQ(output.size_bytes, 24u);
  EXPECT_EQ(output.rank, 2);
  EXPECT_EQ(output.shape[0], 2);
  std::vector<float> room(7, -1.0f);
  output.data = room.data();
  output.size_bytes = 28;
  ASSERT_EQ(text_of(hone_model_run_into(model_, inputs_.data(), inputs_.size(), &output, 1)), "");
  EXPECT_THAT(room, ElementsAre(12, 24, 36, 18, 30, 42, -1));
  EXPECT_EQ(output.size_bytes, 24u);
  EXPECT_EQ(output.dtype, HONE_F32);
}

TEST_F(Tensors, OneByteLessThanAnOutputTakesLeavesItsMemoryAlone) {
  std::vector<float> room(6, -1.0f);
  hone_tensor output = {};
  output.data = room.data();
  output.size_bytes = 23;
  EXPECT_EQ(code_of(hone_model_run_into(model_, inputs_.data(), 2, &output, 1)),
            HONE_LIMIT_EXCEEDED);
  EXPECT_THAT(room, testing::Each(-1.0f));
}

TEST_F(Tensors, WrongInputsAreErrorsThatSayWhatIsWrong) {
  const std::vector<hone_tensor> good = inputs_;
  const auto with = [&](auto change) {
    inputs_ = good;
    change(inputs_[0]);
    return refused();
  };
  EXPECT_THAT(with([](hone_tensor& t) { t.name = "y"; }), HasSubstr("it has x, bias"));
  EXPECT_THAT(with([](hone_tensor& t) { t.name = "bias"; }), HasSubstr("bias"));
  EXPECT_THAT(with([](hone_tensor& t) { t.dtype = HONE_F64; }),
              HasSubstr("is f64, and the model takes f32"));
  EXPECT_THAT(with([](hone_tensor& t) { t.dtype = 77; }), HasSubstr("dtype"));
  EXPECT_THAT(with([](hone_tensor& t) { t.dtype = HONE_DTYPE_OTHER; }), HasSubstr("dtype"));
  EXPECT_THAT(with([](hone_tensor& t) { t.rank = 1; }),
              HasSubstr("is [2], and the model takes [batch, 3]"));
  EXPECT_THAT(with([](hone_tensor& t) { t.rank = -1; }), HasSubstr("rank -1"));
  EXPECT_THAT(with([](hone_tensor& t) { t.rank = 9; }), HasSubstr("rank 9"));
  EXPECT_THAT(with([](hone_tensor& t) { t.shape[1] = 4; }), HasSubstr("is [2, 4]"));
  EXPECT_THAT(with([](hone_tensor& t) { t.shape[0] = -2; }), HasSubstr("negative"));
  EXPECT_THAT(with([](hone_tensor& t) { t.shape[0] = INT64_MAX; }), HasSubstr("GiB"));
  EXPECT_THAT(with([](hone_tensor& t) { t.size_bytes = 23; }),
              HasSubstr("has 23 bytes, and its shape needs 24"));
  EXPECT_THAT(with([](hone_tensor& t) { t.data = nullptr; }), HasSubstr("null pointer"));
  inputs_ = good;
  inputs_.pop_back();
  EXPECT_THAT(refused(), HasSubstr("input 'bias' is not given"));
  inputs_ = good;
  inputs_.push_back(good[0]);
  EXPECT_THAT(refused(), HasSubstr("given twice"));
}

TEST_F(Tensors, NullPointersAreErrors) {
  EXPECT_EQ(code_of(hone_model_open(nullptr, nullptr, &model_)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_model_open("x", nullptr, nullptr)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_model_run(nullptr, nullptr, 0, &results_)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_model_run(model_, nullptr, 2, &results_)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_model_run(model_, inputs_.data(), 2, nullptr)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_model_run_into(model_, inputs_.data(), 2, nullptr, 1)),
            HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_model_reset(nullptr)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_model_input(model_, 0, nullptr)), HONE_INVALID_ARGUMENT);
  hone_port port = {};
  EXPECT_EQ(code_of(hone_model_input(model_, 0, &port)), HONE_INVALID_ARGUMENT) << "no struct_size";
  port.struct_size = sizeof port;
  EXPECT_EQ(code_of(hone_model_input(nullptr, 0, &port)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_model_input(model_, 2, &port)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(code_of(hone_results_get(nullptr, 0, nullptr)), HONE_INVALID_ARGUMENT);
  EXPECT_EQ(hone_model_kind(nullptr), HONE_KIND_NONE);
  EXPECT_EQ(hone_model_input_count(nullptr), 0u);
  EXPECT_EQ(hone_results_count(nullptr), 0u);
  hone_model_free(nullptr);
  hone_results_free(nullptr);
  hone_generator_free(nullptr);
  hone_generator_stop(nullptr);
  hone_error_free(nullptr);
  hone_model_options_init(nullptr, 8);
  EXPECT_EQ(hone_error_code(nullptr), HONE_OK);
  EXPECT_STREQ(hone_error_message(nullptr), "");
}

TEST_F(Tensors, ALanguageModelsFunctionsAreRefused) {
  hone_generator* generator = nullptr;
  EXPECT_THAT(text_of(hone_generator_new(model_, &generator)), HasSubstr("no language model"));
  size_t count = 0;
  EXPECT_EQ(code_of(hone_model_tokenize(model_, "a", 1, 0, nullptr, 0, &count)),
            HONE_INVALID_ARGUMENT);
}

TEST(Open, FilesThatAreNoModelsAreErrors) {
  hone_model* model = nullptr;
  EXPECT_EQ(code_of(hone_model_open("/no/such/file.onnx", nullptr, &model)), HONE_NOT_FOUND);
  EXPECT_EQ(code_of(hone_model_open("", nullptr, &model)), HONE_NOT_FOUND);
  EXPECT_EQ(code_of(hone_model_open("/tmp", nullptr, &model)), HONE_NOT_FOUND);
  hone_error* error = hone_model_open(HONE_SOURCE_DIR "/README.md", nullptr, &model);
  EXPECT_NE(hone_error_code(error), HONE_OK);
  EXPECT_THAT(text_of(error), HasSubstr("README.md"));
  EXPECT_EQ(model, nullptr);
}

TEST(Open, OptionsAreChecked) {
  hone_model* model = nullptr;
  hone_model_options options;
  const auto refused = [&](auto change) {
    hone_model_options_init(&options, sizeof options);
    change();
    hone_error* error = hone_model_open(hone_test::ports_model().c_str(), &options, &model);
    const std::string name = hone_code_name(hone_error_code(error));
    return name + ": " + text_of(error);
  };
  EXPECT_THAT(refused([&] { options.threads = -1; }), HasSubstr("'threads' is -1"));
  EXPECT_THAT(refused([&] { options.max_sequences = 0; }), HasSubstr("max_sequences"));
  EXPECT_THAT(refused([&] { options.struct_size = 4; }), HasSubstr("struct_size is 4"));
  EXPECT_THAT(refused([&] { options.struct_size = SIZE_MAX; }), HasSubstr("struct_size"));
  EXPECT_THAT(refused([&] { options.trust_count = 1; }), HasSubstr("'trust' is a null pointer"));
  EXPECT_THAT(refused([&] { options.require_signature = 1; }), HasSubstr("untrusted: "));
  EXPECT_EQ(model, nullptr);
}

TEST_F(Tensors, RunsFromSeveralThreadsQueue) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      std::vector<float> x(x_.size(), static_cast<float>(i)), bias = bias_, sum(x.size());
      const std::vector<hone_tensor> inputs = {floats("x", {2, 3}, x), floats("bias", {3}, bias)};
      hone_tensor output = floats("sum", {}, sum);
      for (int round = 0; round < 50; ++round) {
        EXPECT_EQ(text_of(hone_model_run_into(model_, inputs.data(), 2, &output, 1)), "");
        EXPECT_EQ(sum[5], 2.0f * static_cast<float>(i) + 30);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Version, LibraryAndHeaderAgree) {
  EXPECT_STREQ(hone_version(), HONE_PROJECT_VERSION);
  EXPECT_EQ(hone_version_number(),
            HONE_VERSION_MAJOR * 1000000u + HONE_VERSION_MINOR * 1000u + HONE_VERSION_PATCH);
  EXPECT_STREQ(hone_code_name(HONE_NOT_FOUND), "not_found");
  EXPECT_STREQ(hone_code_name(HONE_INTERNAL), "internal");
  EXPECT_STREQ(hone_code_name(-5), "unknown");
  EXPECT_STREQ(hone_dtype_name(HONE_BOOL), "bool");
  EXPECT_STREQ(hone_dtype_name(HONE_U64), "u64");
  EXPECT_STREQ(hone_dtype_name(99), "other");
  EXPECT_EQ(hone_dtype_size(HONE_F16), 2u);
  EXPECT_EQ(hone_dtype_size(0), 0u);
}

}  // namespace
