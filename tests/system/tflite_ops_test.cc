// TFLite operators from file to result: models of one operator each, against what LiteRT's
// reference kernels make of the same inputs (tools/make_tflite_op_goldens.py writes
// tests/golden/tflite/ops.txt).
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <map>

#include "backend/cpu/target.h"
#include "base/file.h"
#include "base/text.h"
#include "frontend/tflite/import.h"
#include "passes/program.h"
#include "runtime/program_session.h"
#include "tensor/dtype.h"

namespace hone {
namespace {

struct Array {
  DType dtype = DType::f32;
  Dims dims;
  std::vector<std::byte> bytes;
};

struct Run {
  std::vector<Array> inputs, outputs;
};

struct Case {
  std::vector<std::byte> model;
  std::vector<Run> runs;  // of one session
};

std::vector<std::byte> from_hex(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::byte> bytes;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(digit(text[i]) * 16 + digit(text[i + 1])));
  }
  return bytes;
}

DType dtype_named(std::string_view numpy) {
  static const std::map<std::string_view, DType> kTypes = {
      {"f4", DType::f32}, {"f2", DType::f16}, {"i1", DType::i8},  {"u1", DType::u8},
      {"i2", DType::i16}, {"i4", DType::i32}, {"i8", DType::i64}, {"b1", DType::boolean},
  };
  return kTypes.at(numpy);
}

Array array_of(std::span<const std::string_view> words) {
  Shape shape;
  if (words[2] != "-") {
    for (const std::string_view size : split(words[2], ',')) {
      shape.push_back(Dim(int64_t{std::stol(std::string(size))}));
    }
  }
  return {dtype_named(words[1]), Dims(shape, {}), from_hex(words[3])};
}

std::map<std::string, Case> read_cases() {
  std::map<std::string, Case> cases;
  const std::string text = read_file(HONE_SOURCE_DIR "/tests/golden/tflite/ops.txt").value();
  Case* last = nullptr;
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() == 3 && words[0] == "model") {
      last = &cases[std::string(words[1])];
      last->model = from_hex(words[2]);
      last->runs.emplace_back();
    } else if (line == "next" && last != nullptr) {
      last->runs.emplace_back();
    } else if (words.size() == 4 && last != nullptr) {
      Run& now = last->runs.back();
      (words[0] == "in" ? now.inputs : now.outputs).push_back(array_of(words));
    }
  }
  return cases;
}

void add_constants(const ir::Graph& graph, WeightMap& weights) {
  for (const ir::Value& value : graph.values) {
    if (value.kind == ir::ValueKind::constant) {
      weights.add_canonical(value.name, value.constant.bytes);
    }
  }
  for (const ir::Node& node : graph.nodes) {
    for (const ir::Graph& body : node.subgraphs) add_constants(body, weights);
  }
}

// What each run of a session makes.
Expected<std::vector<std::vector<RunValue>>> run(const Case& one) {
  HONE_TRY(const tflite::ModelView view, tflite::parse_model(one.model));
  HONE_TRY(tflite::ImportedModel imported, tflite::import_model(view));
  const TargetDesc target = cpu_target();
  HONE_TRY(const ir::Graph graph, passes::run_pipeline(std::move(imported.graph), target));
  HONE_TRY(Program program, passes::make_program(graph, target));
  passes::keep_states(program, imported.states);
  WeightMap weights;
  add_constants(graph, weights);
  ThreadPool pool(2);
  HONE_TRY(ProgramSession session, ProgramSession::open(std::move(program), weights, pool, {}));
  std::vector<std::vector<RunValue>> all;
  for (const Run& now : one.runs) {
    std::vector<RunValue> inputs;
    for (const Array& input : now.inputs) {
      HONE_TRY(Tensor tensor, Tensor::copy_of({input.bytes.data(), input.dtype, input.dims}));
      inputs.emplace_back(std::move(tensor));
    }
    HONE_TRY(std::vector<RunValue> outputs, session.run(inputs));
    all.push_back(std::move(outputs));
  }
  return all;
}

template <class T>
double largest_difference(const ConstView& actual, const Array& wanted) {
  double largest = 0;
  for (int64_t i = 0; i < wanted.dims.elements(); ++i) {
    T value;
    std::memcpy(&value, wanted.bytes.data() + static_cast<size_t>(i) * sizeof(T), sizeof(T));
    largest = std::max(
        largest, std::fabs(static_cast<double>(actual.as<T>()[i]) - static_cast<double>(value)));
  }
  return largest;
}

void expect_equal(const ConstView& actual, const Array& wanted) {
  ASSERT_EQ(name_of(actual.dtype), name_of(wanted.dtype));
  ASSERT_TRUE(actual.dims == wanted.dims) << to_text(actual.dims.shape(), {});
  if (wanted.dtype == DType::f32) {
    EXPECT_LE(largest_difference<float>(actual, wanted), 2e-5);
  } else if (wanted.dtype == DType::i8) {
    EXPECT_LE(largest_difference<int8_t>(actual, wanted), 1);  // the file's rounding
  } else if (wanted.dtype == DType::u8) {
    EXPECT_LE(largest_difference<uint8_t>(actual, wanted), 1);
  } else if (wanted.dtype == DType::i16) {
    EXPECT_LE(largest_difference<int16_t>(actual, wanted), 1);
  } else {
    EXPECT_EQ(std::memcmp(actual.data, wanted.bytes.data(), wanted.bytes.size()), 0);
  }
}

TEST(TfliteOps, AgreeWithLiteRtsReferenceKernels) {
  const auto cases = read_cases();
  ASSERT_GT(cases.size(), 80u);
  for (const auto& [name, one] : cases) {
    SCOPED_TRACE(name);
    const auto made = run(one);
    ASSERT_TRUE(made) << made.error().text();
    for (size_t r = 0; r < one.runs.size(); ++r) {
      const std::vector<Array>& wanted = one.runs[r].outputs;
      ASSERT_EQ((*made)[r].size(), wanted.size());
      for (size_t i = 0; i < wanted.size(); ++i) {
        expect_equal((*made)[r][i].tensor.view(), wanted[i]);
      }
    }
  }
}

// Calls without an end or a subgraph, too many of them, variables where they cannot be.
TEST(TfliteOps, HostileModelsAreRefused) {
  const std::string text = read_file(HONE_SOURCE_DIR "/tests/golden/tflite/ops.txt").value();
  size_t count = 0;
  for (const std::string_view line : split(text, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() != 3 || words[0] != "refused") continue;
    SCOPED_TRACE(words[1]);
    const std::vector<std::byte> bytes = from_hex(words[2]);
    const auto view = tflite::parse_model(bytes);
    ASSERT_TRUE(view) << view.error().text();
    const auto imported = tflite::import_model(*view);
    ASSERT_FALSE(imported);
    EXPECT_FALSE(imported.error().message.empty());
    ++count;
  }
  EXPECT_GE(count, 6u);
}

// Truncated and flipped models are refused or imported, but never crash.
TEST(TfliteOps, BrokenModelsAreRefusedOrImported) {
  for (const auto& [name, one] : read_cases()) {
    SCOPED_TRACE(name);
    for (size_t at = 8; at < one.model.size(); at += 7) {
      std::vector<std::byte> broken = one.model;
      broken[at] ^= std::byte{0x41};
      const auto view = tflite::parse_model(broken);
      if (view) (void)tflite::import_model(*view);
    }
  }
}

}  // namespace
}  // namespace hone
