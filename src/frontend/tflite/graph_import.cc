#include "frontend/tflite/graph_import.h"

#include <algorithm>
#include <limits>

#include "frontend/tflite/constant.h"
#include "tensor/shape.h"

namespace hone::tflite {
namespace {

// Smaller constants are copied to where they are aligned, so that infer can read them.
constexpr int64_t kSmallTensor = 1 << 12;

Status check_rank(const TensorView& tensor) {
  if (tensor.shape.size() <= kMaxRank) return {};
  return fail(Code::unsupported, "tensor '", printable(tensor.name), "' has ", tensor.shape.size(),
              " axes; hone takes ", kMaxRank);
}

}  // namespace

std::string label(const SubgraphView& graph, const OperatorView& node) {
  for (const auto& tensors : {node.outputs, node.inputs}) {
    if (tensors.empty() || tensors[0] < 0) continue;
    return cat("'", printable(graph.tensors[static_cast<size_t>(tensors[0])].name), "'");
  }
  return "'?'";
}

std::string GraphScope::unique_name(std::string_view wanted) {
  return names(graph, cat(prefix, wanted.empty() ? "tensor" : wanted));
}

SubgraphImport::SubgraphImport(ModelImport& model, GraphScope& scope, const SubgraphView& view)
    : model_(model),
      scope_(scope),
      view_(view),
      values_(view.tensors.size()),
      reals_(view.tensors.size()) {}

Expected<hone::TensorType> SubgraphImport::declared_type(const TensorView& tensor) const {
  HONE_RETURN_IF_ERROR(check_rank(tensor));
  hone::TensorType type;
  HONE_TRY(type.dtype, dense_dtype(tensor.type));
  const bool has_signature = tensor.shape_signature.size() == tensor.shape.size();
  for (const int32_t size : has_signature ? tensor.shape_signature : tensor.shape) {
    type.shape.push_back(size < 0 ? Dim::unknown() : Dim(int64_t{size}));
  }
  return type;
}

Status SubgraphImport::declare_inputs() {
  for (const int32_t index : view_.inputs) {
    const TensorView& tensor = this->tensor(index);
    HONE_TRY_CONTEXT(hone::TensorType type, declared_type(tensor), "input '",
                     printable(tensor.name), "'");
    for (size_t i = 0; i < type.shape.size(); ++i) {
      if (!type.shape[i].is_symbol()) continue;
      type.shape[i] = graph().add_symbol({.name = scope_.unique_name(cat(tensor.name, "_", i)),
                                          .min = 0,
                                          .opt = std::max<int64_t>(tensor.shape[i], 1),
                                          .max = std::numeric_limits<int64_t>::max()});
    }
    if (values_[as_index(index)]) continue;  // named twice
    values_[as_index(index)] = graph().add_input(scope_.unique_name(tensor.name), std::move(type));
  }
  return {};
}

Status SubgraphImport::bind_inputs(std::span<const ir::ValueId> values) {
  if (values.size() != view_.inputs.size()) {
    return fail(Code::corrupt, "is called with ", values.size(), " tensors instead of ",
                view_.inputs.size());
  }
  for (size_t i = 0; i < values.size(); ++i) values_[as_index(view_.inputs[i])] = values[i];
  return {};
}

Expected<ir::ValueId> SubgraphImport::add_constant(const TensorView& tensor) {
  HONE_RETURN_IF_ERROR(check_rank(tensor));
  HONE_TRY(const DType dtype, dense_dtype(tensor.type));
  HONE_TRY(const int64_t elements, element_count(tensor));
  hone::TensorType type;
  type.dtype = dtype;
  for (const int32_t size : tensor.shape) type.shape.push_back(Dim(int64_t{size}));
  const std::string name = scope_.unique_name(tensor.name);
  if (elements == 0) {
    return graph().add_owned(name, std::move(type), std::make_shared<std::vector<std::byte>>());
  }
  // Subgraphs may be called many times; what is not a view of the file is made once.
  if (const auto made = model_.owned.find(&tensor); made != model_.owned.end()) {
    return graph().add_owned(name, std::move(type), made->second);
  }
  HONE_TRY(const DenseBytes dense, dense_bytes(tensor));
  const Bytes bytes = dense.bytes();
  if (dense.is_view() && elements > kSmallTensor) {
    return graph().add_constant(name, std::move(type), bytes);
  }
  auto owned = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
  model_.owned.emplace(&tensor, owned);
  return graph().add_owned(name, std::move(type), std::move(owned));
}

Expected<ir::ValueId> SubgraphImport::lookup(int32_t index) {
  ir::ValueId& value = values_[as_index(index)];
  if (value) return value;
  const TensorView& view = tensor(index);
  if (Variable* kept = variable(index)) {
    HONE_TRY(const hone::TensorType type, declared_type(view));
    return read(*kept, type);
  }
  const auto elements = element_count(view);
  if (!view.data && !(elements && *elements == 0)) {
    return fail(Code::corrupt, "uses '", printable(view.name), "', which nothing before it makes");
  }
  HONE_TRY_CONTEXT(value, add_constant(view), "tensor '", printable(view.name), "'");
  return value;
}

Status SubgraphImport::define(int32_t index, ir::ValueId value) {
  const TensorView& view = tensor(index);
  if (values_[as_index(index)]) {
    return fail(Code::corrupt, "'", printable(view.name), "' is made twice");
  }
  values_[as_index(index)] = value;
  if (graph()[value].kind == ir::ValueKind::result &&
      graph()[value].name.starts_with(cat(scope_.prefix, view.name, "/"))) {
    graph().rename(value, scope_.unique_name(view.name));
  }
  return {};
}

Status SubgraphImport::import_operator(const OperatorView& node) {
  if (++model_.operators > limits::kImportedOperators) {
    return fail(Code::limit_exceeded, "its subgraphs call each other too often");
  }
  NodeImport import(*this, node);
  find_tflite_op(node)->import(import);
  if (!import.ok()) return std::unexpected(import.take_error());
  for (const int32_t output : node.outputs) {
    if (output >= 0 && !values_[as_index(output)] && !handles_.contains(output)) {
      return fail(Code::unsupported, "its output '", printable(tensor(output).name),
                  "' is not supported");
    }
  }
  return {};
}

Status SubgraphImport::import_operators() {
  for (const OperatorView& node : view_.operators) {
    if (Status status = import_operator(node); !status) {
      return std::unexpected(std::move(status).error().context(
          cat("operator ", label(view_, node), " (", op_text(node), ")")));
    }
  }
  return {};
}

Expected<std::vector<ir::ValueId>> SubgraphImport::outputs() {
  std::vector<ir::ValueId> values;
  for (const int32_t output : view_.outputs) {
    HONE_TRY_CONTEXT(const ir::ValueId id, lookup(output), "output '",
                     printable(tensor(output).name), "'");
    if (tensor(output).type == TensorType::COMPLEX64) {
      return fail(Code::unsupported, "output '", printable(tensor(output).name),
                  "' has complex numbers");
    }
    values.push_back(id);
  }
  return values;
}

Expected<std::vector<ir::ValueId>> inline_subgraph(ModelImport& model, GraphScope& scope,
                                                   int32_t index,
                                                   std::span<const ir::ValueId> inputs) {
  const auto& subgraphs = model.model.subgraphs;
  if (index < 0 || static_cast<size_t>(index) >= subgraphs.size()) {
    return fail(Code::corrupt, "calls subgraph ", index, " of ", subgraphs.size());
  }
  if (model.depth == limits::kSubgraphDepth) {
    return fail(Code::limit_exceeded, "its subgraphs call each other more than ",
                limits::kSubgraphDepth, " deep");
  }
  ++model.depth;
  SubgraphImport import(model, scope, subgraphs[static_cast<size_t>(index)]);
  const auto run = [&]() -> Expected<std::vector<ir::ValueId>> {
    HONE_RETURN_IF_ERROR(import.bind_inputs(inputs));
    HONE_RETURN_IF_ERROR(import.import_operators());
    return import.outputs();
  };
  auto outputs = run();
  --model.depth;
  if (!outputs) {
    return std::unexpected(std::move(outputs).error().context(cat("subgraph ", index)));
  }
  return outputs;
}

}  // namespace hone::tflite
