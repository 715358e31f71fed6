// TFLite models as plain structs of views into the file: what it says, with nothing worked out but
// indices, which are checked. Source: schema.fbs version 3 as PyPI tflite 2.18.0 has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "frontend/tflite/flatbuffer.h"
#include "frontend/tflite/tflite_schema.h"

namespace hone::tflite {

using flatbuffer::TableOf;
using schema::BuiltinOperator;
using schema::TensorType;

namespace limits {
// Of one model, all its subgraphs together; the largest file of the tests has 577 tensors.
inline constexpr size_t kSubgraphs = 1 << 12;
inline constexpr size_t kTensors = 1 << 18;
inline constexpr size_t kOperators = 1 << 18;
inline constexpr size_t kOperands = 1 << 22;  // inputs, outputs and intermediates of operators
inline constexpr size_t kSparseLevels = 1 << 16;
inline constexpr size_t kOperatorCodes = 1 << 14;
inline constexpr size_t kMetadata = 1 << 12;
inline constexpr size_t kSignatures = 1 << 12;
inline constexpr size_t kSignatureTensors = 1 << 16;
}  // namespace limits

// Of a tensor: value = scale * (q - zero_point). No scales: it is not quantized.
struct Quantization {
  PackedView<float> scales;         // one, or one for each index along `axis`
  PackedView<int64_t> zero_points;  // as many as scales, or none: all are 0
  int32_t dimension = 0;            // as the file has it; old files name one that is not there
  int32_t axis = -1;                // worked out and in range; -1: there is one scale or none
  PackedView<float> min, max;       // what a converter saw; often empty
  // Anything but NONE says more (or, for numbers newer than the schema, all there is to know).
  schema::QuantizationDetails details = schema::QuantizationDetails::NONE;

  bool is_quantized() const { return !scales.empty(); }
};

// Numbers of 1, 2 or 4 bytes.
class IndexView {
 public:
  IndexView() = default;
  IndexView(Bytes bytes, schema::SparseIndexVector width) : bytes_(bytes), width_(width) {}
  size_t size() const;
  int64_t operator[](size_t i) const;

 private:
  Bytes bytes_;
  schema::SparseIndexVector width_ = schema::SparseIndexVector::NONE;
};

// How a constant that is not stored whole is to be spread; dense_bytes (constant.h) does it.
struct Sparsity {
  struct Level {
    schema::DimensionType format = schema::DimensionType::DENSE;
    int32_t dense_size = 0;  // DENSE
    IndexView segments;      // SPARSE_CSR
    IndexView indices;
  };
  PackedView<int32_t> traversal_order;  // of the tensor's dimensions, then those of a block
  PackedView<int32_t> block_map;        // which dimension each of a block's dimensions is part of
  std::vector<Level> levels;            // in the order of traversal
};

struct TensorView {
  std::string_view name;
  TensorType type = TensorType::FLOAT32;
  PackedView<int32_t> shape;
  PackedView<int32_t> shape_signature;  // as `shape`, unknown dimensions -1; empty: as `shape`
  bool has_rank = false;      // tells a scalar from an unknown rank; old files leave it out
  uint32_t buffer = 0;        // its number in the file
  std::optional<Bytes> data;  // a constant's bytes as stored; nothing: not a constant
  bool is_variable = false;   // keeps its value from run to run, zero at first
  Quantization quantization;
  std::optional<Sparsity> sparsity;
  // Written by a schema newer than this build's: such as data in another file, which is not read.
  bool has_unknown_fields = false;
};

struct OperatorView {
  BuiltinOperator op = BuiltinOperator::ADD;  // CUSTOM: `custom_code` names it
  std::string_view custom_code;
  int32_t version = 1;
  // Indices of the subgraph's tensors; -1 where an optional one is left out.
  PackedView<int32_t> inputs, outputs, intermediates;
  PackedView<uint8_t> mutating_inputs;  // empty, or for each input whether it is changed
  schema::BuiltinOptions options_type = schema::BuiltinOptions::NONE;
  schema::BuiltinOptions2 options2_type = schema::BuiltinOptions2::NONE;
  flatbuffer::Table options;  // of the one type or the other; empty if the type is unknown
  Bytes custom_options;       // of a custom op, mostly FlexBuffers

  // The options of that type:
  // op.options_as<schema::Conv2DOptions>().get(schema::Conv2DOptions::padding). If the op has none
  // of that type, every field has its default, as in TFLite.
  template <class Options>
  TableOf<Options> options_as() const {
    return has_options<Options>() ? TableOf<Options>(options) : TableOf<Options>();
  }
  template <class Options>
  bool has_options() const {
    if constexpr (std::is_same_v<decltype(Options::kTag), const schema::BuiltinOptions>) {
      return options_type == Options::kTag;
    } else {
      return options2_type == Options::kTag;
    }
  }
};

struct SubgraphView {
  std::string_view name;
  std::vector<TensorView> tensors;
  PackedView<int32_t> inputs, outputs;  // of `tensors`; in range
  std::vector<OperatorView> operators;  // in the order of execution
};

// An entry point: names for a subgraph's inputs and outputs.
struct SignatureView {
  struct Tensor {
    std::string_view name;
    uint32_t tensor = 0;
  };
  std::string_view key;
  uint32_t subgraph = 0;
  std::vector<Tensor> inputs, outputs;
};

struct MetadataView {
  std::string_view name;  // "min_runtime_version", "TFLITE_METADATA", ...
  Bytes data;
};

struct ModelView {
  uint32_t version = 0;
  std::string_view description;
  std::vector<SubgraphView> subgraphs;  // the first is the model, others are called by ops
  std::vector<SignatureView> signatures;
  std::vector<MetadataView> metadata;
  Bytes file;
};

// Reads a model in memory, which must outlive the views. Time and memory are bounded by the limits
// above and by the file's size. Numbers of enums are taken as they are, known or not.
Expected<ModelView> parse_model(Bytes file);

// A model with the file that its views point into. Move only.
struct ModelFile {
  MappedFile file;
  ModelView model;

  static Expected<ModelFile> open(const std::string& path);
};

// For messages. "CONV_2D", "custom operator 'Foo'", "operator 230, which is newer than hone's
// schema"
std::string op_text(const OperatorView& op);
// "INT8", "type 30, which is newer than hone's schema"
std::string type_text(TensorType type);

}  // namespace hone::tflite
