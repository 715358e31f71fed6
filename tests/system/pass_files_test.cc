// Passes as data: each tests/pass/*.hir is a graph, a line "--- pass, pass", and the graph they
// make of it. HONE_UPDATE=1 writes what they make instead of comparing.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>

#include "backend/cpu/target.h"
#include "base/file.h"
#include "ir/text.h"
#include "ir/verify.h"
#include "passes/pipeline.h"
#include "passes/plan.h"
#include "reference/interpret.h"

namespace hone {
namespace {

struct PassFile {
  std::string input;
  std::string passes;  // as written, without the dashes
  std::string expected;
};

std::vector<std::string> pass_files() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(HONE_SOURCE_DIR "/tests/pass")) {
    if (entry.path().extension() == ".hir") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  return paths;
}

PassFile read_pass_file(const std::string& path) {
  const std::string text = read_file(path).value();
  const size_t dashes = text.find("\n--- ");
  const size_t end = text.find('\n', dashes + 1);
  if (dashes == text.npos || end == text.npos) return {};
  return {text.substr(0, dashes + 1), text.substr(dashes + 5, end - dashes - 5),
          text.substr(end + 1)};
}

bool is_named(std::string_view wanted, std::string_view names) {
  return std::ranges::any_of(split(names, ','),
                             [&](std::string_view name) { return trim(name) == wanted; });
}

// Every pass but those named is skipped.
Expected<ir::Graph> after_passes(ir::Graph graph, std::string_view names) {
  passes::PipelineOptions options;
  for (const passes::Pass& pass : passes::all_passes()) {
    if (!is_named(pass.name, names)) options.skip.emplace_back(pass.name);
  }
  return passes::run_pipeline(std::move(graph), cpu_target(), options);
}

// "plan" stands for the plan's text instead of the graph's.
std::string run_passes(ir::Graph graph, const std::string& names) {
  const bool plan = is_named("plan", names);
  const auto result = after_passes(std::move(graph), names);
  if (!result) return cat("error: ", result.error().text(), "\n");
  if (!plan) return ir::to_text(*result);
  const auto made = passes::make_plan(*result, cpu_target());
  return made ? passes::to_text(*made) : cat("error: ", made.error().text(), "\n");
}

class PassFiles : public testing::TestWithParam<std::string> {};

TEST_P(PassFiles, MakeWhatTheFileSays) {
  const PassFile file = read_pass_file(GetParam());
  ASSERT_FALSE(file.passes.empty()) << GetParam() << " has no line of passes";
  auto graph = ir::parse_text(file.input);
  ASSERT_TRUE(graph) << graph.error().text();
  const Status verified = ir::verify(*graph);
  ASSERT_TRUE(verified) << verified.error().text();
  const std::string actual = run_passes(std::move(*graph), file.passes);
  if (std::getenv("HONE_UPDATE") != nullptr) {
    ASSERT_TRUE(write_file_atomic(GetParam(), cat(file.input, "--- ", file.passes, "\n", actual)));
    return;
  }
  EXPECT_EQ(actual, file.expected);
}

TEST_P(PassFiles, TextRoundTrips) {
  const auto graph = ir::parse_text(read_pass_file(GetParam()).input);
  ASSERT_TRUE(graph) << graph.error().text();
  const std::string text = ir::to_text(*graph);
  const auto again = ir::parse_text(text);
  ASSERT_TRUE(again) << again.error().text() << "\n" << text;
  EXPECT_EQ(ir::to_text(*again), text);
}

// Random numbers for a graph's inputs, open sizes as they usually are; nothing if it has others
// than f32.
std::optional<std::map<std::string, ir::HostTensor>> random_inputs(const ir::Graph& graph) {
  std::map<std::string, ir::HostTensor> inputs;
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (const ir::Value& value : graph.values) {
    if (value.kind == ir::ValueKind::state) return {};
    if (value.kind != ir::ValueKind::input) continue;
    if (value.type.tensor.dtype != DType::f32) return {};
    ir::HostTensor& tensor = inputs[value.name];
    int64_t elements = 1;
    for (const Dim& dim : value.type.tensor.shape) {
      const int64_t size = dim.is_symbol()
                               ? graph.symbols[static_cast<size_t>(dim.symbol_index())].opt
                               : dim.value();
      tensor.shape.push_back(size);
      elements *= size;
    }
    for (int64_t i = 0; i < elements; ++i) {
      tensor.data.push_back(static_cast<double>(static_cast<float>(normal(random))));
    }
  }
  return inputs;
}

// Every value is rounded to float once on either side, and no op here enlarges an error much.
TEST_P(PassFiles, MeanTheSameBefore) {
  const PassFile file = read_pass_file(GetParam());
  if (is_named("plan", file.passes)) return;
  const ir::Graph before = ir::parse_text(file.input).value();
  const auto inputs = random_inputs(before);
  if (!inputs) return;
  const ir::Graph after = after_passes(before, file.passes).value();
  ir::HostStates none;
  const auto wanted = ir::interpret(before, *inputs, none);
  const auto made = ir::interpret(after, *inputs, none);
  ASSERT_TRUE(wanted && made);
  const double rounding = std::ldexp(static_cast<double>(before.nodes.size()), -23);
  for (size_t i = 0; i < before.outputs.size(); ++i) {
    const ir::HostTensor& y = wanted->at(before[before.outputs[i]].name);
    const ir::HostTensor& z = made->at(after[after.outputs[i]].name);
    ASSERT_EQ(y.shape, z.shape);
    double largest = 1;
    for (const double element : y.data) largest = std::max(largest, std::abs(element));
    for (size_t e = 0; e < y.data.size(); ++e) {
      EXPECT_NEAR(y.data[e], z.data[e], rounding * largest) << before[before.outputs[i]].name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, PassFiles, testing::ValuesIn(pass_files()), [](const auto& param) {
  std::string name = std::filesystem::path(param.param).stem();
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(IrText, MalformedTextIsRefusedWithItsLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"nonsense", "is not a statement"},
      {"input %x f32[2]", "a value is written"},
      {"input %x : f33[2]", "unknown dtype"},
      {"input %x : f32[n]", "unknown symbol"},
      {"input %x : f32[-1]", "negative"},
      {"input %x : f32[2]\ninput %x : f32[2]", "defined twice"},
      {"%y = nosuch(%x)", "unknown op"},
      {"input %x : f32[2]\n%y = unary(%z)", "unknown value"},
      {"input %x : f32[2]\n%y = unary(%x) {kind=nosuch}", "malformed value"},
      {"input %x : f32[2]\n%y = unary(%x) {nosuch=1}", "no attribute"},
      {"input %x : f32[2]\n%y = unary(%x) : f32[3]", "the result is f32[2]"},
      {"input %x : i32[2]\n%y = unary(%x)", "C1"},
      {"symbol n 3:2:1", "min <= opt <= max"},
      {"const %w : f32[9999999, 9999999]", "too large"},
      {"output %nothing", "unknown value"},
  };
  for (const auto& [text, message] : cases) {
    const auto graph = ir::parse_text(text);
    ASSERT_FALSE(graph) << text;
    EXPECT_NE(graph.error().text().find(message), std::string::npos) << graph.error().text();
    EXPECT_TRUE(graph.error().where.starts_with("line ")) << graph.error().text();
  }
}

ir::Graph small_graph() {
  return ir::parse_text("input %x : f32[2, 32]\n%y = unary(%x)\noutput %y\n").value();
}

TEST(Verify, BrokenGraphsAreRefused) {
  ASSERT_TRUE(ir::verify(small_graph()));
  ir::Graph no_output = small_graph();
  no_output.outputs.clear();
  EXPECT_FALSE(ir::verify(no_output));
  ir::Graph out_of_range = small_graph();
  out_of_range.nodes[0].operands[0] = {77};
  EXPECT_FALSE(ir::verify(out_of_range));
  ir::Graph self = small_graph();
  self.nodes[0].operands[0] = self.nodes[0].results[0];
  EXPECT_FALSE(ir::verify(self));
  ir::Graph wrong_type = small_graph();
  wrong_type[wrong_type.nodes[0].results[0]].type.tensor.dtype = DType::i32;
  EXPECT_FALSE(ir::verify(wrong_type));
  ir::Graph twice = small_graph();
  twice.values[1].name = twice.values[0].name;
  EXPECT_FALSE(ir::verify(twice));
}

}  // namespace
}  // namespace hone
