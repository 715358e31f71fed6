// ONNX models as plain structs of views into the file: what it says, with nothing worked out.
// Source: onnx-ml.proto of PyPI onnx 1.23.2 (IR version 14). Names and order are the file's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "frontend/onnx/onnx_fields.h"
#include "frontend/onnx/tensor.h"

namespace hone::onnx {

using AttributeType = field::AttributeProto::AttributeType;

namespace limits {
inline constexpr int kGraphDepth = 32;  // graphs in attributes of nodes of graphs
inline constexpr int kTypeDepth = 16;   // sequences of optionals of ...
// Of one model, its subgraphs and functions together; the largest known have about a tenth.
inline constexpr uint64_t kNodes = 1 << 19;
inline constexpr uint64_t kAttributes = 1 << 20;
inline constexpr uint64_t kNames = 1 << 22;  // inputs, outputs and strings of attributes
inline constexpr uint64_t kTensors = 1 << 19;
inline constexpr uint64_t kValues = 1 << 20;  // inputs, outputs and annotated values of graphs
inline constexpr uint64_t kGraphs = 1 << 16;
inline constexpr uint64_t kFunctions = 1 << 14;
inline constexpr uint64_t kMetadata = 1 << 16;
inline constexpr uint64_t kListNumbers = 1 << 26;  // in attributes; tree ensembles hold the most
inline constexpr size_t kOpsetImports = 256;       // of a model or function
}  // namespace limits

// Neither value nor parameter: unknown. A value may be negative; some exporters mean unknown by it.
struct DimView {
  std::optional<int64_t> value;
  std::string_view parameter;
};

struct TypeView {
  enum class Kind : uint8_t { none, tensor, sparse_tensor, sequence, optional, map, opaque };
  Kind kind = Kind::none;
  DataType elem_type = DataType::UNDEFINED;  // of a tensor, dense or sparse; a map's key
  std::optional<std::vector<DimView>> dims;  // of a tensor; nothing: unknown rank
  std::vector<TypeView> element;  // of a sequence, optional or map (its value): one, if given
};

struct ValueInfoView {
  std::string_view name;
  TypeView type;
};

struct GraphView;

// The member that `type` names holds the value. Files of IR version 1 give no type; it is then
// made out from the member that is there.
struct AttributeView {
  std::string_view name;
  std::string_view ref_attr_name;  // in a function: the caller's attribute whose value this has
  AttributeType type = AttributeType::UNDEFINED;
  float f = 0.0f;
  int64_t i = 0;
  std::string_view s;
  std::vector<float> floats;
  std::vector<int64_t> ints;
  std::vector<std::string_view> strings;
  std::vector<TensorView> tensors;  // TENSOR: the one
  std::vector<GraphView> graphs;    // GRAPH: the one
  std::vector<SparseTensorView> sparse_tensors;
  std::vector<TypeView> types;
};

struct NodeView {
  std::string_view op_type;
  std::string_view domain;  // "" (or "ai.onnx") is ONNX's own
  std::string_view overload;
  std::string_view name;                  // often empty, need not be unique
  std::vector<std::string_view> inputs;   // "": an optional one that is left out
  std::vector<std::string_view> outputs;  // likewise
  std::vector<AttributeView> attributes;

  // Null if there is none. Linear.
  const AttributeView* find(std::string_view attribute) const;
};

struct GraphView {
  std::string_view name;
  std::vector<NodeView> nodes;
  std::vector<TensorView> initializers;
  std::vector<SparseTensorView> sparse_initializers;
  std::vector<ValueInfoView> inputs;  // up to IR version 3 they name the initializers, too
  std::vector<ValueInfoView> outputs;
  std::vector<ValueInfoView> value_info;
};

struct OpsetImport {
  std::string_view domain;
  int64_t version = 0;
};

struct FunctionView {
  std::string_view name;
  std::string_view domain;
  std::string_view overload;
  std::vector<std::string_view> inputs;
  std::vector<std::string_view> outputs;
  std::vector<std::string_view> attributes;       // that a call must give
  std::vector<AttributeView> attribute_defaults;  // that a call may leave out
  std::vector<NodeView> nodes;
  std::vector<OpsetImport> opset_imports;
  std::vector<ValueInfoView> value_info;
};

struct ModelView {
  int64_t ir_version = 0;
  std::string_view producer_name;
  std::string_view producer_version;
  std::string_view domain;
  int64_t model_version = 0;
  std::vector<OpsetImport> opset_imports;
  GraphView graph;
  std::vector<FunctionView> functions;
  std::vector<std::pair<std::string_view, std::string_view>> metadata;
  bool has_training_info = false;
};

// Reads all but the tensors' data. Time is linear in the file, memory is bounded by the limits
// above. Every view points into `file`, which must outlive the result. That names are defined,
// unique or in order is not checked. Errors name the road: "graph: node 3 (Conv 'c1'): attribute
// 'kernel': ...".
Expected<ModelView> parse_model(Bytes file);

}  // namespace hone::onnx
