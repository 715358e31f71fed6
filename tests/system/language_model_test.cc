// Language models from file to logits, against goldens: tiny random models of every family, and the
// two real models where they are at hand (HONE_TEST_MODELS names the folder that holds them).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "backend/cpu/target.h"
#include "ir/verify.h"
#include "open/load_language_model.h"
#include "reference/interpret.h"
#include "support/golden.h"
#include "support/tiny_models.h"

namespace hone {
namespace {

using test::Golden;

std::string golden_path(std::string_view name) {
  return cat(HONE_SOURCE_DIR, "/tests/golden/llm/", name, ".golden");
}

// The file's bytes must outlive the model.
struct TinyModel {
  std::vector<std::byte> bytes;
  LoadedLanguageModel loaded;
};

LoadedLanguageModel load(const std::vector<std::byte>& bytes, const LoadSettings& settings) {
  auto file = GgufFile::parse(bytes, "tiny.gguf");
  EXPECT_TRUE(file) << file.error().text();
  auto loaded = load_language_model(std::move(*file), settings);
  EXPECT_TRUE(loaded) << loaded.error().text();
  return std::move(*loaded);
}

// All logits at the wanted positions of a prompt, concatenated.
std::vector<float> logits_at(LanguageModel& model, std::span<const int32_t> tokens,
                             std::span<const int32_t> positions) {
  std::vector<float> out;
  const Status status = model.evaluate_all(tokens, 0, 0, [&](size_t i, std::span<const float> row) {
    if (std::ranges::find(positions, static_cast<int32_t>(i)) != positions.end()) {
      out.insert(out.end(), row.begin(), row.end());
    }
  });
  EXPECT_TRUE(status) << status.error().text();
  return out;
}

int32_t argmax(std::span<const float> logits) {
  return static_cast<int32_t>(std::ranges::max_element(logits) - logits.begin());
}

class TinyGolden : public testing::TestWithParam<test::GoldenModel> {};

struct ErrorPair {
  double max = 0, mean = 0, peer_max = 0, peer_mean = 0;
};

// Errors against float64 on the dequantized weights, hone's and llama.cpp's, over both prompts.
ErrorPair errors_of(const test::GoldenModel& model, const Golden& golden) {
  const std::vector<std::byte> bytes = test::tiny_model(model.options);
  LoadedLanguageModel loaded = load(bytes, {});
  ErrorPair pair;
  for (const std::string prompt : {"p0", "p1"}) {
    const auto logits = logits_at(*loaded.model, golden.ints(prompt + ".tokens"),
                                  golden.ints(prompt + ".positions"));
    const test::Difference error = test::difference(logits, golden.floats(prompt + ".truth"));
    const std::span<const float> peer = golden.floats(prompt + ".peer_error");
    pair.max = std::max(pair.max, error.max);
    pair.mean += error.mean;
    pair.peer_max = std::max(pair.peer_max, static_cast<double>(peer[0]));
    pair.peer_mean += static_cast<double>(peer[1]);
  }
  return pair;
}

// One model's error is one draw of random roundings: it scatters around the peer's, and twice the
// peer's would be another arithmetic. That it is no larger is asked of the sum, below.
TEST_P(TinyGolden, ErrorIsThatOfQuantizedArithmetic) {
  const auto golden = Golden::open(golden_path(GetParam().name));
  ASSERT_TRUE(golden) << golden.error().text();
  const ErrorPair error = errors_of(GetParam(), *golden);
  EXPECT_LE(error.max, 2 * error.peer_max);
  EXPECT_LE(error.mean, 2 * error.peer_mean);
}

TEST(TinyGoldens, ErrorIsNoLargerThanThePeersOverAllModels) {
  double mean = 0, peer_mean = 0;
  for (const test::GoldenModel& model : test::golden_models()) {
    const auto golden = Golden::open(golden_path(model.name));
    ASSERT_TRUE(golden) << golden.error().text();
    const ErrorPair error = errors_of(model, *golden);
    mean += error.mean;
    peer_mean += error.peer_mean;
  }
  std::printf("mean error over all models %.4f, llama.cpp %.4f\n", mean, peer_mean);
  EXPECT_LE(mean, peer_mean);
}

TEST_P(TinyGolden, GreedyContinuationIsTheTruthsWhereItIsClear) {
  const auto golden = Golden::open(golden_path(GetParam().name));
  ASSERT_TRUE(golden) << golden.error().text();
  const std::vector<std::byte> bytes = test::tiny_model(GetParam().options);
  LoadedLanguageModel loaded = load(bytes, {});
  const auto tokens = golden->ints("p1.tokens");
  const auto greedy = golden->ints("p1.greedy");
  const auto margins = golden->floats("p1.margins");
  auto logits = loaded.model->evaluate(tokens, 0);
  int64_t position = static_cast<int64_t>(tokens.size());
  for (size_t i = 0; i < greedy.size() && margins[i] > 0.5f; ++i) {
    ASSERT_TRUE(logits) << logits.error().text();
    ASSERT_EQ(argmax(*logits), greedy[i]) << "step " << i;
    logits = loaded.model->evaluate(greedy.subspan(i, 1), position++);
  }
}

// Temperature 0 gives the same tokens whatever the threads and chunks, because logits are the same
// bits.
TEST_P(TinyGolden, LogitsDoNotDependOnThreadsOrChunks) {
  const auto golden = Golden::open(golden_path(GetParam().name));
  ASSERT_TRUE(golden) << golden.error().text();
  const std::vector<std::byte> bytes = test::tiny_model(GetParam().options);
  const auto tokens = golden->ints("p1.tokens");
  std::vector<float> expected;
  for (const Isa isa : supported_isas()) {
    expected.clear();
    for (const int threads : {1, 2, 3}) {
      LoadedLanguageModel loaded = load(bytes, {.threads = threads, .isa = isa});
      for (const int64_t chunk : {1, 7, 48, 512}) {
        loaded.model->set_chunk(chunk);
        const auto logits = loaded.model->evaluate(tokens, 0);
        ASSERT_TRUE(logits) << logits.error().text();
        if (expected.empty()) expected.assign(logits->begin(), logits->end());
        ASSERT_TRUE(std::ranges::equal(*logits, expected))
            << name_of(isa) << ", " << threads << " threads, chunk " << chunk;
      }
    }
  }
}

// The interpreter on the graph as built, and on the graph after all passes, tells what the plan
// ran.
TEST_P(TinyGolden, InterpreterAgreesBeforeAndAfterThePasses) {
  const auto golden = Golden::open(golden_path(GetParam().name));
  ASSERT_TRUE(golden) << golden.error().text();
  const std::vector<std::byte> bytes = test::tiny_model(GetParam().options);
  const auto file = GgufFile::parse(bytes, "tiny.gguf");
  ASSERT_TRUE(file) << file.error().text();
  const auto built = build_language_model(*file);
  ASSERT_TRUE(built) << built.error().text();
  const Status verified = ir::verify(built->graph);
  ASSERT_TRUE(verified) << verified.error().text();
  const auto lowered = passes::run_pipeline(built->graph, cpu_target());
  ASSERT_TRUE(lowered) << lowered.error().text();

  const auto tokens = golden->ints("p0.tokens");
  const auto count = static_cast<int64_t>(tokens.size());
  std::map<std::string, ir::HostTensor> inputs;
  const auto add = [&](const char* name, std::vector<double> values) {
    inputs[name] = {.dtype = DType::i32,
                    .shape = {static_cast<int64_t>(values.size())},
                    .data = std::move(values),
                    .records = {}};
  };
  std::vector<double> positions(tokens.size());
  for (size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<double>(i);
  add(language_model::kToken, {tokens.begin(), tokens.end()});
  add(language_model::kPosition, positions);
  add(language_model::kSequence, std::vector<double>(tokens.size(), 0.0));
  add(language_model::kOutputRow, {static_cast<double>(count - 1)});

  LoadedLanguageModel loaded = load(bytes, {});
  const auto run = loaded.model->evaluate(tokens, 0);
  ASSERT_TRUE(run) << run.error().text();
  for (const ir::Graph* graph : {&built->graph, &*lowered}) {
    ir::HostStates states;
    const auto outputs = ir::interpret(*graph, inputs, states);
    ASSERT_TRUE(outputs) << outputs.error().text();
    const std::vector<double>& values = outputs->begin()->second.data;
    const std::vector<float> logits(values.begin(), values.end());
    const auto last = golden->floats("p0.truth").last(logits.size());
    if (graph == &built->graph) {
      // Against float64 on the same weights only the cache's f16 differs.
      EXPECT_LE(test::difference(logits, last).max, 0.05) << "before the passes";
    } else {
      // A code on the border between two may fall either way: its step is the bound.
      EXPECT_LE(test::difference(logits, *run).max, 0.3) << "after the passes";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, TinyGolden, testing::ValuesIn(test::golden_models()),
                         [](const auto& param) {
                           std::string name = param.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// Folder of the real models, or nothing.
std::string real_model(std::string_view file) {
  const char* folder = std::getenv("HONE_TEST_MODELS");
  return folder == nullptr ? "" : cat(folder, "/", file);
}

void expect_peer_accuracy(std::string_view golden_name, const std::string& path) {
  const auto golden = Golden::open(golden_path(golden_name));
  ASSERT_TRUE(golden) << golden.error().text();
  auto file = GgufFile::open(path);
  ASSERT_TRUE(file) << file.error().text();
  auto loaded = load_language_model(std::move(*file));
  ASSERT_TRUE(loaded) << loaded.error().text();
  // Sums over the prompts: one prompt's error is one draw of roundings.
  double max = 0, mean = 0, peer_max = 0, peer_mean = 0;
  const int prompts = golden->ints("prompts")[0];
  for (int i = 0; i < prompts; ++i) {
    const std::string p = cat("p", i);
    const auto logits = loaded->model->evaluate(golden->ints(p + ".tokens"), 0);
    ASSERT_TRUE(logits) << logits.error().text();
    const test::Difference error =
        test::difference_at(*logits, golden->ints(p + ".top"), golden->floats(p + ".exact"));
    max += error.max;
    mean += error.mean;
    peer_max += static_cast<double>(golden->floats(p + ".peer_error")[0]);
    peer_mean += static_cast<double>(golden->floats(p + ".peer_error")[1]);
  }
  std::printf("%s: a prompt's largest error %.4f (llama.cpp %.4f), its mean error %.4f (%.4f)\n",
              std::string(golden_name).c_str(), max / prompts, peer_max / prompts, mean / prompts,
              peer_mean / prompts);
  EXPECT_LE(max, peer_max);
  EXPECT_LE(mean, peer_mean);
}

TEST(RealModel, SmolLm2IsAsAccurateAsThePeer) {
  const std::string path = real_model("SmolLM2-135M-Instruct.Q4_1.gguf");
  if (path.empty()) GTEST_SKIP() << "HONE_TEST_MODELS is not set";
  expect_peer_accuracy("smollm2", path);
}

TEST(RealModel, Gemma3IsAsAccurateAsThePeer) {
  const std::string path = real_model("gemma-3-270m-q4_k_m.gguf");
  if (path.empty()) GTEST_SKIP() << "HONE_TEST_MODELS is not set";
  expect_peer_accuracy("gemma3-270m", path);
}

}  // namespace
}  // namespace hone
