// hone perplexity and hone bench: on tiny models for their forms and sums, and on the real models
// against llama.cpp's perplexity (HONE_TEST_MODELS names the folder that holds them, HONE_TEST_TEXT
// the text that bench/fetch_text.py writes; without it, opticks.txt in that folder).
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "bench_model.h"
#include "cli.h"
#include "commands.h"
#include "frontend/gguf/tokenizer_fields.h"
#include "llm/generate/perplexity.h"
#include "llm/tokenizer/tokenizer.h"
#include "open/load_language_model.h"
#include "runtime/work.h"
#include "support/scratch_folder.h"
#include "support/tiny_models.h"

namespace hone {
namespace {

struct TinyModel {
  std::vector<std::byte> bytes;
  LoadedLanguageModel loaded;
};

TinyModel open_tiny(const test::TinyModelOptions& options) {
  TinyModel tiny{test::tiny_model(options), {}};
  auto file = GgufFile::parse(tiny.bytes, "tiny.gguf");
  EXPECT_TRUE(file) << file.error().text();
  auto loaded = load_language_model(std::move(*file), {});
  EXPECT_TRUE(loaded) << loaded.error().text();
  tiny.loaded = std::move(*loaded);
  return tiny;
}

std::vector<int32_t> some_tokens(const LanguageModel& model, size_t count) {
  std::vector<int32_t> tokens(count);
  for (size_t i = 0; i < count; ++i) {
    tokens[i] = static_cast<int32_t>(i * 7919 % static_cast<size_t>(model.info().vocab_size));
  }
  return tokens;
}

// Each window by itself and in one piece, in double.
std::vector<double> plain_losses(LanguageModel& model, std::vector<int32_t> tokens, size_t window,
                                 int32_t bos) {
  std::vector<double> losses;
  for (size_t begin = 0; begin + window <= tokens.size(); begin += window) {
    std::vector<int32_t> part(tokens.begin() + static_cast<long>(begin),
                              tokens.begin() + static_cast<long>(begin + window));
    if (bos >= 0) part[0] = bos;
    const Status status = model.evaluate_all(part, 0, 0, [&](size_t i, std::span<const float> row) {
      if (i < window / 2 || i + 1 == window) return;
      double sum = 0;
      for (const float logit : row) sum += std::exp(static_cast<double>(logit));
      losses.push_back(std::log(sum) - static_cast<double>(row[static_cast<size_t>(part[i + 1])]));
    });
    EXPECT_TRUE(status) << status.error().text();
  }
  return losses;
}

TEST(Perplexity, IsExpOfTheMeanLossOfEachWindowsSecondHalf) {
  TinyModel tiny = open_tiny({.dtypes = {DType::q4_1}});
  LanguageModel& model = *tiny.loaded.model;
  for (const auto& [window, bos] : {std::pair<size_t, int32_t>{16, -1}, {33, 1}, {150, 1}}) {
    const std::vector<int32_t> tokens = some_tokens(model, 310);
    const std::vector<double> losses = plain_losses(model, tokens, window, bos);
    const auto n = static_cast<double>(losses.size());
    double mean = 0, variance = 0;
    for (const double loss : losses) mean += loss / n;
    for (const double loss : losses) variance += (loss - mean) * (loss - mean) / n;
    std::vector<double> running;
    const auto result =
        measure_perplexity(model, tokens, {.window = static_cast<int64_t>(window), .bos = bos},
                           [&](const Perplexity& so_far) -> Status {
                             running.push_back(so_far.value);
                             return {};
                           });
    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(result->windows, static_cast<int64_t>(310 / window));
    EXPECT_EQ(result->scored, static_cast<int64_t>(losses.size()));
    EXPECT_NEAR(result->value / std::exp(mean), 1, 1e-5);
    EXPECT_NEAR(result->uncertainty / (std::exp(mean) * std::sqrt(variance / (n - 1))), 1, 1e-4);
    ASSERT_EQ(running.size(), 310 / window);
    EXPECT_EQ(running.back(), result->value);
  }
}

TEST(Perplexity, RefusesWhatCannotBeMeasured) {
  TinyModel tiny = open_tiny({});
  LanguageModel& model = *tiny.loaded.model;
  const std::vector<int32_t> tokens = some_tokens(model, 40);
  EXPECT_EQ(measure_perplexity(model, tokens, {.window = 64}).error().code, Code::invalid_argument);
  EXPECT_EQ(measure_perplexity(model, tokens, {.window = 4}).error().code, Code::invalid_argument);
  EXPECT_EQ(measure_perplexity(model, tokens, {.window = 1 << 20}).error().code,
            Code::invalid_argument);
  const auto stopped = measure_perplexity(model, tokens, {.window = 16}, [](const Perplexity&) {
    return Status(fail(Code::canceled, "stopped"));
  });
  EXPECT_EQ(stopped.error().code, Code::canceled);
}

TEST(Work, CountsWeightsStatesAndMultiplications) {
  // Plain llama: 3 layers of 64, 4 heads of 16 over 2 for keys, 160 between, an output of its own.
  TinyModel tiny = open_tiny({.dtypes = {DType::q8_0}, .output_dtype = DType::q8_0});
  const Plan& plan = tiny.loaded.model->session().plan();
  const auto vocab = static_cast<double>(tiny.loaded.model->info().vocab_size);
  const double layers = 3 * (64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 160);
  EXPECT_EQ(work_of(plan, {{1, 1}}).int8_ops, 2 * (layers + 64 * vocab));
  // Behind the last attention only the rows whose logits are wanted go on.
  const double behind = 64 * 64 + 3 * 64 * 160;
  EXPECT_EQ(work_of(plan, {{10, 1}}).int8_ops, 2 * (10 * layers - 9 * behind + 64 * vocab));
  // 34 bytes for 32 codes, and rows of norms and of the embedding, which are floats.
  const double codes = (layers + 64 * vocab) / 32 * 34;
  EXPECT_NEAR(work_of(plan, {{1, 1}}).weight_bytes, codes + 4.0 * 64 * (7 + 1), 0.05 * codes);
  EXPECT_EQ(state_bytes(plan, 100), 100.0 * 3 * 2 * 2 * 16 * 2);
}

TEST(ModelBench, MeasuresAndProfiles) {
  TinyModel tiny = open_tiny({.dtypes = {DType::q4_1}});
  cli::ModelBench bench(*tiny.loaded.model, [] { return false; });
  const auto tests = cli::parse_bench_tests("pp64,tg8,tg8@100,pp5@3").value();
  for (const cli::BenchTest& test : tests) {
    int runs = 0;
    const auto result = bench.measure(test, 2, [&](int) { ++runs; });
    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(runs, 3);
    EXPECT_GT(result->values.min, 0);
    EXPECT_LE(result->values.min, result->values.median);
    EXPECT_LE(result->values.median, result->values.max);
    const double share = bench.share_of_limit(test, 100, {10, 100});
    EXPECT_GT(share, 0);
    EXPECT_NEAR(bench.share_of_limit(test, 200, {20, 200}), share, 1e-12);
    EXPECT_EQ(bench.share_of_limit(test, 100, {}), 0);
  }
  const auto profile = bench.profile(1, 16);
  ASSERT_TRUE(profile) << profile.error().text();
  const auto& steps = tiny.loaded.model->session().plan().steps;
  EXPECT_EQ(std::ssize(profile->profile.steps),
            std::ranges::count(steps, PlanStep::Kind::run, &PlanStep::kind));
}

// One run's times are shared out among its steps without a rest, and what they must do is what the
// whole plan must.
TEST(ModelBench, AProfileAddsUp) {
  TinyModel tiny = open_tiny({.dtypes = {DType::q4_1}});
  cli::ModelBench bench(*tiny.loaded.model, [] { return false; });
  ASSERT_TRUE(bench.profile(1, 99));
  const auto profile = tiny.loaded.model->session().profile();
  ASSERT_TRUE(profile) << profile.error().text();
  const Plan& plan = tiny.loaded.model->session().plan();
  double us = 0, int8_ops = 0, attention_bytes = 0;
  for (const StepTime& step : profile->steps) {
    us += step.us;
    if (step.op == "matmul" && step.cost.on_codes) int8_ops += step.cost.flops;
    if (step.op == "attention") attention_bytes += step.cost.bytes;
    EXPECT_FALSE(step.spans.empty()) << step.name;
    EXPECT_FALSE(step.op == "matmul" && step.weights.empty()) << step.name;
  }
  EXPECT_NEAR(us, profile->us, 1e-6 * profile->us);
  EXPECT_EQ(int8_ops, work_of(plan, {{1, 1}}).int8_ops);
  // Keys and values of 100 positions, the query and the result of 64 floats, and two indices.
  EXPECT_EQ(attention_bytes, state_bytes(plan, 100) + 3 * (2 * 64 * 4 + 2 * 4));
}

TEST(ModelBench, Stops) {
  TinyModel tiny = open_tiny({});
  cli::ModelBench bench(*tiny.loaded.model, [] { return true; });
  const auto test = cli::parse_bench_tests("tg8").value()[0];
  EXPECT_EQ(bench.measure(test, 1, [](int) {}).error().code, Code::canceled);
}

// A command of hone run in this process, and what it printed.
class Commands : public testing::Test {
 protected:
  void SetUp() override {
    model_ = folder_.path() + "/tiny.gguf";
    ASSERT_TRUE(write_file_atomic(model_, test::tiny_model_text({.dtypes = {DType::q4_1}})));
    text_ = folder_.path() + "/text.txt";
    std::string text;
    for (int i = 0; i < 300; ++i) text += cat("the number ", i, " and then, ");
    ASSERT_TRUE(write_file_atomic(text_, text));
  }

  Expected<int> run(const cli::Command& command, const std::vector<std::string>& arguments) {
    const std::string path = folder_.path() + "/out";
    const int out = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
    cli::Environment environment;
    environment.data_dir = folder_.path();
    cli::Console console({.descriptor = out}, {.descriptor = out}, 80);
    cli::Interrupt interrupt;
    cli::Context context{environment, console, interrupt, {}};
    context.probe = {.buffer_bytes = size_t{1} << 20, .seconds = 0.001};
    const cli::Invocation invocation = command.prepare();
    const auto request = cli::parse_arguments(invocation.options, arguments);
    const Expected<int> status =
        request ? invocation.run(context) : Expected<int>(std::unexpected(request.error()));
    ::close(out);
    output_ = read_file(path).value_or("");
    return status;
  }

  test::ScratchFolder folder_;
  std::string model_, text_, output_;
};

TEST_F(Commands, PerplexityPrintsWindowsAndResultAsLlamaPerplexityDoes) {
  const auto status =
      run(cli::perplexity_command(), {model_, text_, "-c", "64", "--chunks", "3", "-t", "1"});
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_THAT(output_,
              testing::MatchesRegex("\\[1\\][0-9]+\\.[0-9][0-9][0-9][0-9],\\[2\\][0-9.]+,\\[3\\]"
                                    "[0-9.]+,\nFinal estimate: PPL = [0-9]+\\.[0-9][0-9][0-9]"
                                    "[0-9] \\+/- [0-9]+\\.[0-9][0-9][0-9][0-9][0-9]\n"));
  ASSERT_TRUE(run(cli::perplexity_command(),
                  {"-m", model_, "-f", text_, "-c", "64", "--chunks", "3", "--json"}));
  const auto json = Json::parse(output_);
  ASSERT_TRUE(json) << json.error().text();
  EXPECT_EQ(json->find("chunks")->as_int(), 3);
  EXPECT_EQ(json->find("scored_tokens")->as_int(), 3 * 31);
  ASSERT_EQ(json->find("running")->as_array()->size(), 3u);
  EXPECT_EQ(json->find("running")->as_array()->back(), *json->find("perplexity"));
}

TEST_F(Commands, PerplexityTellsMistakes) {
  const auto message = [&](const std::vector<std::string>& arguments) {
    const auto status = run(cli::perplexity_command(), arguments);
    return status ? std::string("no error") : status.error().text();
  };
  EXPECT_THAT(message({model_}), testing::HasSubstr("FILE is missing"));
  EXPECT_THAT(message({model_, text_, "-c", "4"}), testing::HasSubstr("not between 8"));
  EXPECT_THAT(message({model_, text_, "-c", "100000"}),
              testing::HasSubstr("one window needs 100000"));
  EXPECT_THAT(message({model_, text_, "--chunk", "4"}),
              testing::HasSubstr("did you mean '--chunks'"));
  EXPECT_THAT(message({model_, folder_.path() + "/none.txt"}), testing::HasSubstr("none.txt"));
  EXPECT_THAT(message({text_, text_}), testing::HasSubstr("text.txt"));
}

TEST_F(Commands, BenchJsonHasTheDocumentedForm) {
  const auto status = run(cli::bench_command(), {model_, "--json", "--threads", "2", "--tests",
                                                 "pp16,tg4@20", "--repeat", "2"});
  ASSERT_TRUE(status) << status.error().text();
  const auto json = Json::parse(output_);
  ASSERT_TRUE(json) << json.error().text();
  const Json& machine = *json->find("machine");
  EXPECT_NE(machine.find("cpu")->as_string(), nullptr);
  EXPECT_EQ(machine.find("threads")->as_int(), 2);
  EXPECT_GT(machine.find("read_gb_s")->as_double().value(), 0);
  EXPECT_GT(machine.find("int8_gops")->as_double().value(), 0);
  const Json::Array& results = *json->find("results")->as_array();
  ASSERT_EQ(results.size(), 2u);
  for (size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(*results[i].find("test")->as_string(), i == 0 ? "pp16" : "tg4@20");
    for (const char* name : {"median", "min", "max"}) {
      EXPECT_GT(results[i].find("tokens_per_s")->find(name)->as_double().value(), 0);
    }
    EXPECT_GT(results[i].find("share_of_limit")->as_double().value(), 0);
  }
}

TEST_F(Commands, BenchProfileTellsOpsStepsAndWhatBoundsThem) {
  const auto status = run(cli::bench_command(), {model_, "--profile"});
  ASSERT_TRUE(status) << status.error().text();
  for (const char* text : {"One decode step", "A prefill of 512 tokens", "Bound by ", "By op",
                           "The slowest steps", "matmul", "ROOFLINE"}) {
    EXPECT_THAT(output_, testing::HasSubstr(text));
  }
}

TEST_F(Commands, BenchProfilesAModelThatTakesTensors) {
  const std::string model =
      HONE_SOURCE_DIR "/tests/golden/onnx_quantized/dynamic_quantize_lstm/model.onnx";
  const auto status = run(cli::bench_command(), {model, "-r", "1", "--profile"});
  ASSERT_TRUE(status) << status.error().text();
  for (const char* text : {"A run: ", "Bound by ", "By op\n", "The slowest steps\n", "ROOFLINE",
                           " GB/s and computes "}) {
    EXPECT_THAT(output_, testing::HasSubstr(text));
  }
}

TEST_F(Commands, BenchWritesATraceOfBothRuns) {
  const std::string trace = folder_.path() + "/trace.json";
  const auto status = run(cli::bench_command(), {model_, "--trace", trace, "--json", "-t", "2"});
  ASSERT_TRUE(status) << status.error().text();
  const auto told = Json::parse(output_);
  ASSERT_TRUE(told) << told.error().text();
  EXPECT_GT(told->find("machine")->find("f32_gflops")->as_double().value(), 0);
  const auto json = Json::parse(read_file(trace).value_or(""));
  ASSERT_TRUE(json) << json.error().text();
  std::map<int64_t, std::set<std::string>> names;                          // by run
  std::map<std::pair<int64_t, int64_t>, std::map<double, double>> slices;  // by run and thread
  for (const Json& event : *json->find("traceEvents")->as_array()) {
    if (*event.find("ph")->as_string() != "X") continue;
    const int64_t process = *event.find("pid")->as_int();
    const double begin = *event.find("ts")->as_double(), took = *event.find("dur")->as_double();
    EXPECT_GE(begin, 0);
    EXPECT_GE(took, 0);
    slices[{process, *event.find("tid")->as_int()}][begin] = begin + took;
    names[process].insert(*event.find("name")->as_string());
  }
  for (const auto& [track, list] : slices) {  // a thread is at one step at a time
    double free_from = 0;
    for (const auto& [begin, end] : list) {
      EXPECT_GE(begin, free_from - 1e-6);
      free_from = end;
    }
  }
  ASSERT_EQ(names.size(), 2u);
  int process = 0;
  for (const char* run : {"decode", "prefill"}) {
    const Json& profile = *told->find("profile")->find(run);
    ++process;
    for (const Json& step : *profile.find("steps")->as_array()) {
      EXPECT_TRUE(names[process].contains(*step.find("step")->as_string()));
    }
  }
}

TEST_F(Commands, BenchTellsMistakes) {
  const auto message = [&](const std::vector<std::string>& arguments) {
    const auto status = run(cli::bench_command(), arguments);
    return status ? std::string("no error") : status.error().text();
  };
  EXPECT_THAT(message({model_, "--tests", "tg12@"}), testing::HasSubstr("is no test"));
  EXPECT_THAT(message({model_, "--repeat", "0"}), testing::HasSubstr("not between 1"));
  EXPECT_THAT(message({model_, "-c", "100", "--tests", "pp512"}),
              testing::HasSubstr("test 'pp512' needs a context of 512"));
  EXPECT_THAT(message({text_, "--tests", "pp8"}), testing::HasSubstr("text.txt"));
}

// Where the text of bench/fetch_text.py lies, or nothing.
std::string text_path() {
  if (const char* path = std::getenv("HONE_TEST_TEXT")) return path;
  const char* folder = std::getenv("HONE_TEST_MODELS");
  return folder == nullptr ? "" : cat(folder, "/opticks.txt");
}

// No worse than llama.cpp's by more than 0.3 %.
void expect_peer_perplexity(std::string_view name, std::string_view model_file) {
  const char* folder = std::getenv("HONE_TEST_MODELS");
  const std::string path = folder == nullptr ? "" : cat(folder, "/", model_file);
  if (!file_exists(path) || !file_exists(text_path())) {
    GTEST_SKIP() << "needs " << model_file
                 << " in HONE_TEST_MODELS, and the text of bench/fetch_text.py";
  }
  const auto goldens = Json::parse(
      read_file(cat(HONE_SOURCE_DIR, "/tests/golden/llm/perplexity.json")).value_or(""));
  ASSERT_TRUE(goldens) << goldens.error().text();
  const Json& golden = *goldens->find(name);
  const double exact = *goldens->find(cat(name, "-exact"))->find("perplexity")->as_double();
  const auto text = read_file(text_path());
  ASSERT_TRUE(text) << text.error().text();
  ASSERT_EQ(static_cast<int64_t>(text->size()), golden.find("text_bytes")->as_int());

  auto file = GgufFile::open(path);
  ASSERT_TRUE(file) << file.error().text();
  const auto data = tokenizer_data(*file);
  ASSERT_TRUE(data) << data.error().text();
  const auto tokenizer = Tokenizer::open(*data);
  ASSERT_TRUE(tokenizer) << tokenizer.error().text();
  const auto tokens = tokenizer->encode(*text);
  ASSERT_TRUE(tokens) << tokens.error().text();
  EXPECT_EQ(static_cast<int64_t>(tokens->size()), golden.find("tokens_of_text")->as_int());
  const int32_t bos = tokenizer->adds_bos() ? tokenizer->bos() : -1;
  const auto loaded = load_language_model(std::move(*file), {.context = 512});
  ASSERT_TRUE(loaded) << loaded.error().text();
  const auto result = measure_perplexity(*loaded->model, *tokens, {.max_windows = 16, .bos = bos});
  ASSERT_TRUE(result) << result.error().text();
  const double peer = *golden.find("perplexity")->as_double();
  std::printf("%s: %.4f +/- %.4f, llama.cpp %.4f, on dequantized weights %.4f\n",
              std::string(name).c_str(), result->value, result->uncertainty, peer, exact);
  EXPECT_LE(result->value, 1.003 * peer);
  // Far below either would be a mistake in the counting.
  EXPECT_GE(result->value, 0.99 * exact);
  EXPECT_NEAR(result->uncertainty, *golden.find("uncertainty")->as_double(), 0.02);
}

TEST(RealModel, SmolLm2HasThePeersPerplexity) {
  expect_peer_perplexity("smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf");
}

TEST(RealModel, Gemma3HasThePeersPerplexity) {
  expect_peer_perplexity("gemma3-270m", "gemma-3-270m-q4_k_m.gguf");
}

}  // namespace
}  // namespace hone
