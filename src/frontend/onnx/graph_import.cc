#include "frontend/onnx/graph_import.h"

#include <algorithm>
#include <limits>

#include "frontend/onnx/tensor_bytes.h"
#include "ir/verify.h"
#include "ops/text/op.h"
#include "tensor/tensor.h"

namespace hone::onnx {
namespace {

constexpr int kMaxCallDepth = 32;
constexpr int64_t kMaxInlinedNodes = 1 << 19;
// Smaller constants are copied to where they are aligned, so that infer can read them.
constexpr int64_t kSmallTensor = 1 << 12;

std::string_view own_domain(std::string_view domain) { return domain == "ai.onnx" ? "" : domain; }

std::string label(const NodeView& node) {
  if (!node.name.empty()) return cat("'", printable(node.name), "'");
  return node.outputs.empty() ? "'?'" : cat("'", printable(node.outputs[0]), "'");
}

}  // namespace

ModelImport::ModelImport(const ModelView& view, TensorSource& tensors)
    : model(view), source(tensors) {
  for (const FunctionView& function : view.functions) {
    functions_.emplace(FunctionKey{own_domain(function.domain), function.name, function.overload},
                       &function);
  }
}

const FunctionView* ModelImport::find_function(const NodeView& node) const {
  const auto found = functions_.find({own_domain(node.domain), node.op_type, node.overload});
  return found == functions_.end() ? nullptr : found->second;
}

GraphImport::GraphImport(ModelImport& model, const GraphImport* outer, std::string prefix)
    : model_(model),
      outer_(outer),
      prefix_(std::move(prefix)),
      frame_(outer == nullptr ? nullptr : outer->frame_) {}

std::string GraphImport::unique_name(std::string_view wanted) {
  return names_(graph_, cat(prefix_, wanted));
}

Expected<Dim> GraphImport::dim_of(const DimView& view) {
  if (view.value) return *view.value < 0 ? Dim::unknown() : Dim(*view.value);
  if (view.parameter.empty()) return Dim::unknown();
  const auto [symbol, is_new] = symbols_.try_emplace(view.parameter, Dim::unknown());
  if (is_new) {
    symbol->second = graph_.add_symbol({.name = std::string(view.parameter),
                                        .min = 0,
                                        .opt = 1,
                                        .max = std::numeric_limits<int64_t>::max()});
  }
  return symbol->second;
}

Expected<Type> GraphImport::type_of(const TypeView& view) {
  if (view.kind == TypeView::Kind::sequence || view.kind == TypeView::Kind::optional) {
    const bool sequence = view.kind == TypeView::Kind::sequence;
    return Type(sequence ? Type::Kind::sequence : Type::Kind::optional, TensorType{});
  }
  if (view.kind != TypeView::Kind::tensor || !view.dims) return Type::unknown();
  TensorType type;
  if (view.elem_type == DataType::STRING) {
    type.dtype = DType::string;
  } else if (const auto dtype = dtype_of(view.elem_type)) {
    type.dtype = *dtype;
  } else {
    return fail(Code::unsupported, "has elements of ONNX type ",
                static_cast<int64_t>(view.elem_type), ", which hone does not know");
  }
  if (view.dims->size() > kMaxRank) {
    return fail(Code::unsupported, "has ", view.dims->size(), " axes; hone takes ", kMaxRank);
  }
  for (const DimView& dim : *view.dims) {
    HONE_TRY(const Dim made, dim_of(dim));
    type.shape.push_back(made);
  }
  if (is_static(type.shape)) {
    const auto bytes = checked_bytes(type.dtype, Dims(type.shape, {}));
    if (!bytes) return std::unexpected(bytes.error());
  }
  return Type(std::move(type));
}

Expected<ir::ValueId> GraphImport::add_tensor(const TensorView& tensor, std::string_view name) {
  HONE_TRY(const int64_t elements, element_count(tensor.dims));
  if (tensor.dims.size() > kMaxRank) {
    return fail(Code::unsupported, "tensor '", printable(name), "' has ", tensor.dims.size(),
                " axes; hone takes ", kMaxRank);
  }
  if (tensor.data_type == DataType::STRING) {
    HONE_TRY(const auto strings, tensor_strings(tensor));
    TextAttrs attrs;
    attrs.list = encode_list(strings);
    attrs.dims = tensor.dims;
    TensorType type{DType::string, Shape(tensor.dims.begin(), tensor.dims.end())};
    return graph_.add_host_node(*find_op("text"), name, attrs, {}, {Type(std::move(type))})[0];
  }
  const Placement placement = elements <= kSmallTensor ? Placement::aligned : Placement::anywhere;
  HONE_TRY(TensorBytes made, tensor_bytes(tensor, model_.source, placement));
  TensorType type{made.dtype, Shape(made.dims.begin(), made.dims.end())};
  if (made.owned) return graph_.add_owned(name, std::move(type), std::move(made.owned));
  return graph_.add_constant(name, std::move(type), made.bytes);
}

Status GraphImport::declare(const GraphView& view) {
  graph_.name = view.name;
  std::set<std::string_view> initializers;
  for (const TensorView& tensor : view.initializers) initializers.insert(tensor.name);
  for (const SparseTensorView& tensor : view.sparse_initializers) {
    initializers.insert(tensor.values.name);
  }
  for (const ValueInfoView& input : view.inputs) {
    if (initializers.contains(input.name)) continue;
    HONE_TRY_CONTEXT(Type type, type_of(input.type), "input '", printable(input.name), "'");
    HONE_RETURN_IF_ERROR(
        define(input.name, graph_.add_input(unique_name(input.name), std::move(type))));
  }
  for (const TensorView& tensor : view.initializers) {
    HONE_TRY(const ir::ValueId id, add_tensor(tensor, unique_name(tensor.name)));
    HONE_RETURN_IF_ERROR(define(tensor.name, id));
  }
  for (const SparseTensorView& tensor : view.sparse_initializers) {
    HONE_TRY(TensorBytes made, tensor_bytes(tensor, model_.source));
    if (made.dims.size() > kMaxRank) {
      return fail(Code::unsupported, "tensor '", printable(tensor.values.name),
                  "' has too many axes");
    }
    TensorType type{made.dtype, Shape(made.dims.begin(), made.dims.end())};
    if (!made.owned) {
      made.owned = std::make_shared<std::vector<std::byte>>(made.bytes.begin(), made.bytes.end());
    }
    HONE_RETURN_IF_ERROR(define(
        tensor.values.name, graph_.add_owned(unique_name(tensor.values.name), type, made.owned)));
  }
  return {};
}

ir::ValueId GraphImport::add_captured(std::string_view name, const ir::Value& value) {
  if (value.kind == ir::ValueKind::constant) {
    // The same weight under the same name.
    const ir::ValueId copy =
        graph_.add_constant(value.name, value.type.tensor, value.constant.bytes);
    graph_[copy].constant.owned = value.constant.owned;
    return copy;
  }
  // A body's symbols are its own.
  Type type = value.type;
  for (Dim& dim : type.tensor.shape) {
    if (dim.is_symbol()) dim = Dim::unknown();
  }
  return graph_.add_input(unique_name(name), std::move(type));
}

Expected<ir::ValueId> GraphImport::lookup(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  return fail(Code::corrupt, "uses '", printable(name), "', which nothing before it makes");
}

Status GraphImport::define(std::string_view name, ir::ValueId value) {
  if (!values_.emplace(name, value).second) {
    return fail(Code::corrupt, "'", printable(name), "' is made twice");
  }
  // Nodes were named provisionally; functions' inner names do not matter.
  if (graph_[value].kind == ir::ValueKind::result && frame_ == nullptr &&
      graph_[value].name.starts_with(cat(prefix_, name, "/"))) {
    graph_.rename(value, unique_name(name));
  }
  return {};
}

int64_t GraphImport::opset_of(std::string_view domain) const {
  const auto& imports =
      frame_ != nullptr ? frame_->function.opset_imports : model_.model.opset_imports;
  for (const OpsetImport& import : imports) {
    if (own_domain(import.domain) == own_domain(domain)) return import.version;
  }
  return 1;
}

Status GraphImport::import_node(const NodeView& node) {
  const OnnxOp* op = find_onnx_op(own_domain(node.domain), node.op_type);
  if (op == nullptr) {
    if (const FunctionView* function = model_.find_function(node)) {
      return inline_function(node, *function);
    }
    const std::string_view domain = own_domain(node.domain);
    model_.missing[domain.empty() ? std::string(node.op_type) : cat(domain, ".", node.op_type)]
        .insert(label(node));
    // Goes on, so that all that is missing is found.
    for (const std::string_view output : node.outputs) {
      if (output.empty()) continue;
      HONE_RETURN_IF_ERROR(define(output, graph_.add_input(unique_name(output), Type::unknown())));
    }
    return {};
  }
  NodeImport import(*this, node, opset_of(node.domain));
  if (model_.missing.empty()) {
    op->import(import);
    if (!import.ok()) return std::unexpected(import.take_error());
  } else {
    for (const std::string_view output : node.outputs) {
      if (output.empty()) continue;
      HONE_RETURN_IF_ERROR(define(output, graph_.add_input(unique_name(output), Type::unknown())));
    }
  }
  for (const std::string_view output : node.outputs) {
    if (!output.empty() && !knows(output)) {
      return fail(Code::unsupported, "its output '", printable(output), "' is not supported");
    }
  }
  return {};
}

Status GraphImport::import_nodes(std::span<const NodeView> nodes) {
  for (const NodeView& node : nodes) {
    if (Status status = import_node(node); !status) {
      return std::unexpected(std::move(status).error().context(
          cat("node ", label(node), " (", printable(node.op_type), ")")));
    }
  }
  return {};
}

Status GraphImport::inline_function(const NodeView& node, const FunctionView& function) {
  const Frame frame{node, function, frame_, frame_ == nullptr ? 1 : frame_->depth + 1};
  model_.inlined_nodes += static_cast<int64_t>(function.nodes.size());
  if (frame.depth > kMaxCallDepth || model_.inlined_nodes > kMaxInlinedNodes) {
    return fail(Code::limit_exceeded, "functions call each other too deeply");
  }
  std::map<std::string, ir::ValueId, std::less<>> inner;
  for (size_t i = 0; i < function.inputs.size() && i < node.inputs.size(); ++i) {
    if (node.inputs[i].empty()) continue;
    HONE_TRY(const ir::ValueId value, lookup(node.inputs[i]));
    inner.emplace(function.inputs[i], value);
  }
  values_.swap(inner);
  const Frame* const caller = frame_;
  frame_ = &frame;
  Status status = import_nodes(function.nodes);
  frame_ = caller;
  values_.swap(inner);
  HONE_RETURN_IF_ERROR(status);
  for (size_t i = 0; i < function.outputs.size() && i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    const auto found = inner.find(function.outputs[i]);
    if (found == inner.end()) {
      return fail(Code::corrupt, "the function does not make its output '",
                  printable(function.outputs[i]), "'");
    }
    HONE_RETURN_IF_ERROR(define(node.outputs[i], found->second));
  }
  return {};
}

Status GraphImport::finish_outputs(const GraphView& view) {
  for (const ValueInfoView& output : view.outputs) {
    HONE_TRY_CONTEXT(const ir::ValueId id, lookup(output.name), "output '", printable(output.name),
                     "'");
    graph_.outputs.push_back(id);
  }
  return {};
}

Expected<ImportedModel> import_model(const ModelView& model, TensorSource& source) {
  ModelImport shared(model, source);
  GraphImport graph(shared, nullptr, "");
  HONE_RETURN_IF_ERROR(graph.declare(model.graph));
  HONE_RETURN_IF_ERROR(graph.import_nodes(model.graph.nodes));
  if (!shared.missing.empty()) {
    std::string list;
    for (const auto& [op, nodes] : shared.missing) {
      constexpr size_t kShown = 3;
      list += cat(list.empty() ? "" : "; ", op, " (");
      size_t i = 0;
      for (const std::string& node : nodes) {
        if (i == kShown) break;
        list += cat(i++ > 0 ? ", " : "", node);
      }
      list += nodes.size() > kShown ? cat(" and ", nodes.size() - kShown, " more)") : ")";
    }
    return fail(Code::unsupported, "hone does not know these operators: ", list);
  }
  HONE_RETURN_IF_ERROR(graph.finish_outputs(model.graph));
  ImportedModel imported;
  for (const ValueInfoView& output : model.graph.outputs) {
    imported.output_names.emplace_back(output.name);
  }
  imported.graph = std::move(graph.graph());
  HONE_RETURN_IF_ERROR(ir::verify(imported.graph));
  return imported;
}

}  // namespace hone::onnx
