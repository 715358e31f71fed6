// hone's reading of TFLite files against that of another reader (tools/make_tflite_goldens.py): the
// same lines of text from both, of models that another writer made and of real ones.
#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <map>
#include <string>

#include "base/file.h"
#include "base/sha256.h"
#include "base/text.h"
#include "frontend/tflite/constant.h"
#include "frontend/tflite/model.h"

namespace hone::tflite {
namespace {

std::string test_data(const std::string& name) {
  return std::string(HONE_SOURCE_DIR) + "/src/frontend/tflite/testdata/" + name;
}
std::string corpus(const std::string& name) {
  return std::string(HONE_SOURCE_DIR) + "/fuzz/corpus/tflite/" + name + ".tflite";
}

std::string hash_of(Bytes bytes) { return hex(sha256(bytes)); }

std::string shown(float value) {
  std::string digits;
  for (int shift = 28; shift >= 0; shift -= 4) {
    digits += "0123456789abcdef"[std::bit_cast<uint32_t>(value) >> shift & 15];
  }
  return digits;
}
std::string shown(bool value) { return value ? "1" : "0"; }
std::string shown(std::string_view value) { return std::string(value); }
template <std::integral T>
  requires(!std::same_as<T, bool>)
std::string shown(T value) {
  return cat(static_cast<int64_t>(value));
}
template <class List>
std::string list(const List& values) {
  std::string out = "[";
  for (size_t i = 0; i < values.size(); ++i) out += cat(i == 0 ? "" : " ", shown(values[i]));
  return out + "]";
}
template <class T>
std::string shown(PackedView<T> values) {
  return list(values);
}

std::string data_text(Bytes bytes) {
  return cat(bytes.size(), " ", hex(sha256(bytes)).substr(0, 16));
}
template <class Enum>
std::string name_or_number(Enum value) {
  const std::string_view name = name_of(value);
  return name.empty() ? cat(static_cast<int32_t>(value)) : std::string(name);
}

template <class Options, class... Fields>
void add_options(std::string& out, const OperatorView& op,
                 const std::pair<const char*, Fields>&... fields) {
  if (!op.has_options<Options>()) return;
  const auto table = op.options_as<Options>();
  ((out +=
    cat("  ", Options::kName, ".", fields.first, " ", shown(table.get(fields.second)), "\n")),
   ...);
}

#define FIELD(table, shown_name, name) std::pair(shown_name, schema::table::name)

void add_window_options(std::string& out, const OperatorView& op) {
#define CONV(table)                                                    \
  FIELD(table, "Padding", padding), FIELD(table, "StrideW", stride_w), \
      FIELD(table, "StrideH", stride_h)
#define DILATIONS(table)                                              \
  FIELD(table, "FusedActivationFunction", fused_activation_function), \
      FIELD(table, "DilationWFactor", dilation_w_factor),             \
      FIELD(table, "DilationHFactor", dilation_h_factor)
  add_options<schema::Conv2DOptions>(out, op, CONV(Conv2DOptions), DILATIONS(Conv2DOptions));
  add_options<schema::DepthwiseConv2DOptions>(
      out, op, CONV(DepthwiseConv2DOptions),
      FIELD(DepthwiseConv2DOptions, "DepthMultiplier", depth_multiplier),
      DILATIONS(DepthwiseConv2DOptions));
  add_options<schema::Pool2DOptions>(
      out, op, CONV(Pool2DOptions), FIELD(Pool2DOptions, "FilterWidth", filter_width),
      FIELD(Pool2DOptions, "FilterHeight", filter_height),
      FIELD(Pool2DOptions, "FusedActivationFunction", fused_activation_function));
#undef CONV
#undef DILATIONS
}

void add_simple_options(std::string& out, const OperatorView& op) {
  add_options<schema::FullyConnectedOptions>(
      out, op, FIELD(FullyConnectedOptions, "FusedActivationFunction", fused_activation_function),
      FIELD(FullyConnectedOptions, "WeightsFormat", weights_format),
      FIELD(FullyConnectedOptions, "KeepNumDims", keep_num_dims),
      FIELD(FullyConnectedOptions, "AsymmetricQuantizeInputs", asymmetric_quantize_inputs));
  add_options<schema::SoftmaxOptions>(out, op, FIELD(SoftmaxOptions, "Beta", beta));
  add_options<schema::AddOptions>(
      out, op, FIELD(AddOptions, "FusedActivationFunction", fused_activation_function),
      FIELD(AddOptions, "PotScaleInt16", pot_scale_int16));
  add_options<schema::ConcatenationOptions>(
      out, op, FIELD(ConcatenationOptions, "Axis", axis),
      FIELD(ConcatenationOptions, "FusedActivationFunction", fused_activation_function));
  add_options<schema::ReshapeOptions>(out, op, FIELD(ReshapeOptions, "NewShape", new_shape));
  add_options<schema::ReducerOptions>(out, op, FIELD(ReducerOptions, "KeepDims", keep_dims));
  add_options<schema::LeakyReluOptions>(out, op, FIELD(LeakyReluOptions, "Alpha", alpha));
  add_options<schema::StridedSliceOptions>(
      out, op, FIELD(StridedSliceOptions, "BeginMask", begin_mask),
      FIELD(StridedSliceOptions, "EndMask", end_mask),
      FIELD(StridedSliceOptions, "EllipsisMask", ellipsis_mask),
      FIELD(StridedSliceOptions, "NewAxisMask", new_axis_mask),
      FIELD(StridedSliceOptions, "ShrinkAxisMask", shrink_axis_mask),
      FIELD(StridedSliceOptions, "Offset", offset));
}

void add_other_options(std::string& out, const OperatorView& op) {
  add_options<schema::IfOptions>(out, op,
                                 FIELD(IfOptions, "ThenSubgraphIndex", then_subgraph_index),
                                 FIELD(IfOptions, "ElseSubgraphIndex", else_subgraph_index));
  add_options<schema::WhileOptions>(out, op,
                                    FIELD(WhileOptions, "CondSubgraphIndex", cond_subgraph_index),
                                    FIELD(WhileOptions, "BodySubgraphIndex", body_subgraph_index));
  add_options<schema::CallOnceOptions>(
      out, op, FIELD(CallOnceOptions, "InitSubgraphIndex", init_subgraph_index));
  add_options<schema::VarHandleOptions>(out, op, FIELD(VarHandleOptions, "Container", container),
                                        FIELD(VarHandleOptions, "SharedName", shared_name));
  add_options<schema::BucketizeOptions>(out, op, FIELD(BucketizeOptions, "Boundaries", boundaries));
  add_options<schema::StablehloConcatenateOptions>(
      out, op, FIELD(StablehloConcatenateOptions, "Dimension", dimension));
  add_options<schema::StablehloSliceOptions>(
      out, op, FIELD(StablehloSliceOptions, "StartIndices", start_indices),
      FIELD(StablehloSliceOptions, "LimitIndices", limit_indices),
      FIELD(StablehloSliceOptions, "Strides", strides));
}
#undef FIELD

std::string tensor_text(const TensorView& tensor, size_t index) {
  std::string out =
      cat("tensor ", index, " ", name_or_number(tensor.type), " ", list(tensor.shape), " ",
          list(tensor.shape_signature), " ", shown(tensor.has_rank), " ", shown(tensor.is_variable),
          " ", tensor.data ? data_text(*tensor.data) : "none", " ", tensor.name, "\n");
  const Quantization& q = tensor.quantization;
  if (q.scales.size() + q.zero_points.size() + q.min.size() + q.max.size() != 0) {
    out += cat("  quantized ", list(q.scales), " ", list(q.zero_points), " ", q.dimension, " ",
               list(q.min), " ", list(q.max), " ", static_cast<int32_t>(q.details), "\n");
  }
  if (!tensor.sparsity) return out;
  const Sparsity& sparsity = *tensor.sparsity;
  out += cat("  sparse ", list(sparsity.traversal_order), " ", list(sparsity.block_map), "\n");
  for (const Sparsity::Level& level : sparsity.levels) {
    out += cat("  level ", static_cast<int32_t>(level.format), " ", level.dense_size, " ",
               list(level.segments), " ", list(level.indices), "\n");
  }
  return out;
}

std::string operator_text(const OperatorView& op, size_t index) {
  std::string out =
      cat("op ", index, " ", name_or_number(op.op), " ", op.version, " ", list(op.inputs), " ",
          list(op.outputs), " ", list(op.intermediates), " ", list(op.mutating_inputs), " ",
          static_cast<int32_t>(op.options_type), " ", static_cast<int32_t>(op.options2_type), " ",
          data_text(op.custom_options), " ", op.custom_code, "\n");
  add_window_options(out, op);
  add_simple_options(out, op);
  add_other_options(out, op);
  return out;
}

std::string model_text(const ModelView& model) {
  std::string out = cat("model ", model.version, " ", model.description, "\n");
  for (size_t g = 0; g < model.subgraphs.size(); ++g) {
    const SubgraphView& graph = model.subgraphs[g];
    out += cat("subgraph ", g, " ", list(graph.inputs), " ", list(graph.outputs), " ", graph.name,
               "\n");
    for (size_t i = 0; i < graph.tensors.size(); ++i) out += tensor_text(graph.tensors[i], i);
    for (size_t i = 0; i < graph.operators.size(); ++i) out += operator_text(graph.operators[i], i);
  }
  for (const SignatureView& signature : model.signatures) {
    out += cat("signature ", signature.subgraph, " ", signature.key, "\n");
    for (const auto& entry : signature.inputs) {
      out += cat("  inputs ", entry.tensor, " ", entry.name, "\n");
    }
    for (const auto& entry : signature.outputs) {
      out += cat("  outputs ", entry.tensor, " ", entry.name, "\n");
    }
  }
  for (const MetadataView& entry : model.metadata) {
    out += cat("metadata ", data_text(entry.data), " ", entry.name, "\n");
  }
  return out;
}

class Corpus : public testing::TestWithParam<const char*> {};

TEST_P(Corpus, ReadsWhatAnotherReaderSees) {
  const auto model = ModelFile::open(corpus(GetParam()));
  ASSERT_TRUE(model) << model.error().text();
  const auto expected = read_file(test_data(std::string(GetParam()) + ".txt"));
  ASSERT_TRUE(expected) << expected.error().text();
  EXPECT_EQ(model_text(model->model), *expected);
}

INSTANTIATE_TEST_SUITE_P(All, Corpus,
                         testing::Values("options", "old", "sparse", "int4", "large", "subgraphs",
                                         "newer", "labels"));

// "float32 24 SHA-256" of what DENSIFY gives, or DEQUANTIZE by 0.5.
std::string run_text(const TensorView& tensor) {
  const auto dense = dense_bytes(tensor);
  if (!dense) return dense.error().text();
  if (tensor.type != TensorType::INT4) {
    const std::map<TensorType, const char*> names = {{TensorType::FLOAT32, "float32"},
                                                     {TensorType::FLOAT16, "float16"},
                                                     {TensorType::INT8, "int8"}};
    return cat(names.at(tensor.type), " ", element_count(tensor).value_or(-1), " ",
               hash_of(dense->bytes()));
  }
  std::vector<float> floats;
  for (const int8_t code : PackedView<int8_t>(dense->bytes())) {
    floats.push_back(0.5f * static_cast<float>(code));
  }
  return cat("float32 ", floats.size(), " ", hash_of(std::as_bytes(std::span(floats))));
}

// The lines of a model that dense.txt has.
std::string dense_text(const std::string& name, const ModelView& model) {
  std::string out;
  const SubgraphView& graph = model.subgraphs[0];
  for (const OperatorView& op : graph.operators) {
    if (op.op != BuiltinOperator::DENSIFY && op.op != BuiltinOperator::DEQUANTIZE) continue;
    const auto index = static_cast<size_t>(op.inputs[0]);
    const TensorView& tensor = graph.tensors[index];
    if (!tensor.data || (!tensor.sparsity && tensor.type != TensorType::INT4)) continue;
    out += cat(name, " ", index, " ", run_text(tensor), "\n");
  }
  return out;
}

TEST(DenseBytes, EqualsWhatLiteRtComputes) {
  std::string text;
  for (const char* name : {"sparse", "int4"}) {
    const auto model = ModelFile::open(corpus(name));
    ASSERT_TRUE(model) << model.error().text();
    text += dense_text(name, model->model);
  }
  const auto expected = read_file(test_data("dense.txt"));
  ASSERT_TRUE(expected) << expected.error().text();
  EXPECT_EQ(text, *expected);
}

std::string count_ops(const ModelView& model) {
  std::map<std::string, int> counts;
  for (const SubgraphView& graph : model.subgraphs) {
    for (const OperatorView& op : graph.operators) ++counts[name_or_number(op.op)];
  }
  std::string out;
  for (const auto& [name, count] : counts) out += cat(" ", name, ":", count);
  return out;
}

// In the folder HONE_TEST_MODELS or its folder tflite; empty if it is in neither.
std::string find_model(const std::string& name) {
  const char* folder = std::getenv("HONE_TEST_MODELS");
  if (folder == nullptr) return {};
  for (const std::string& path : {cat(folder, "/tflite/", name), cat(folder, "/", name)}) {
    if (file_exists(path)) return path;
  }
  return {};
}

// Every constant of a real file has the size of its shape, and all can be had dense.
void check_constants(const ModelView& model) {
  for (const SubgraphView& graph : model.subgraphs) {
    for (const TensorView& tensor : graph.tensors) {
      if (!tensor.data || tensor.type == TensorType::STRING) continue;
      const auto dense = dense_bytes(tensor);
      EXPECT_TRUE(dense) << dense.error().text();
    }
  }
}

TEST(RealModels, ReadAsAnotherReaderSeesThem) {
  const auto goldens = read_file(test_data("models.txt"));
  ASSERT_TRUE(goldens) << goldens.error().text();
  int found = 0;
  int absent = 0;
  for (const std::string_view line : split(*goldens, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() < 3) continue;
    const std::string name(words[1]);
    const std::string path = find_model(name);
    if (path.empty()) {
      ++absent;
      continue;
    }
    const auto model = ModelFile::open(path);
    ASSERT_TRUE(model) << model.error().text();
    if (words[0] == "dense") {
      EXPECT_EQ(hash_of(as_bytes(dense_text(name, model->model))), words[2]) << name;
      continue;
    }
    if (hash_of(model->file.bytes()) != words[2]) continue;  // another version of the model
    EXPECT_EQ(hash_of(as_bytes(model_text(model->model))), words[3])
        << name << ": compare with tools/make_tflite_goldens.py --lines";
    EXPECT_TRUE(line.ends_with(count_ops(model->model))) << line << count_ops(model->model);
    check_constants(model->model);
    ++found;
  }
  if (found == 0) GTEST_SKIP() << "set HONE_TEST_MODELS to a folder with TFLite models";
  RecordProperty("read", found);
  RecordProperty("absent", absent);
}

}  // namespace
}  // namespace hone::tflite
