#include "frontend/tflite/graph_import.h"

#include <algorithm>
#include <limits>
#include <map>

#include "frontend/tflite/constant.h"
#include "ir/verify.h"
#include "tensor/shape.h"

namespace hone::tflite {
namespace {

// Smaller constants are copied to where they are aligned, so that infer can read them.
constexpr int64_t kSmallTensor = 1 << 12;

// What an operator is called: TFLite has no names but those of what it makes, or else takes.
std::string label(const SubgraphView& graph, const OperatorView& node) {
  for (const auto& tensors : {node.outputs, node.inputs}) {
    if (tensors.empty() || tensors[0] < 0) continue;
    return cat("'", printable(graph.tensors[static_cast<size_t>(tensors[0])].name), "'");
  }
  return "'?'";
}

Status check_rank(const TensorView& tensor) {
  if (tensor.shape.size() <= kMaxRank) return {};
  return fail(Code::unsupported, "tensor '", printable(tensor.name), "' has ", tensor.shape.size(),
              " axes; hone takes ", kMaxRank);
}

}  // namespace

GraphImport::GraphImport(const SubgraphView& view, std::string prefix)
    : view_(view),
      prefix_(std::move(prefix)),
      values_(view.tensors.size()),
      reals_(view.tensors.size()) {
  graph_.name = view.name.empty() ? "main" : std::string(view.name);
}

std::string GraphImport::unique_name(std::string_view wanted) {
  const std::string first = cat(prefix_, wanted.empty() ? "tensor" : wanted);
  if (!graph_.find(first)) return first;
  // Goes on counting where it stopped, as a file may use one name many times.
  int& count = repeated_[first];
  std::string name;
  do {
    name = cat(first, "_", ++count);
  } while (graph_.find(name));
  return name;
}

Status GraphImport::declare_inputs() {
  for (const int32_t index : view_.inputs) {
    const TensorView& view = tensor(index);
    HONE_RETURN_IF_ERROR(check_rank(view));
    HONE_TRY_CONTEXT(const DType dtype, dense_dtype(view.type), "input '", printable(view.name),
                     "'");
    hone::TensorType type;
    type.dtype = dtype;
    const bool has_signature = view.shape_signature.size() == view.shape.size();
    for (size_t i = 0; i < view.shape.size(); ++i) {
      const int64_t size = has_signature ? view.shape_signature[i] : view.shape[i];
      if (size >= 0) {
        type.shape.push_back(Dim(size));
        continue;
      }
      type.shape.push_back(graph_.add_symbol({.name = unique_name(cat(view.name, "_", i)),
                                              .min = 0,
                                              .opt = std::max<int64_t>(view.shape[i], 1),
                                              .max = std::numeric_limits<int64_t>::max()}));
    }
    if (values_[as_index(index)]) continue;  // named twice
    values_[as_index(index)] = graph_.add_input(unique_name(view.name), std::move(type));
  }
  return {};
}

Expected<ir::ValueId> GraphImport::add_constant(const TensorView& tensor) {
  HONE_RETURN_IF_ERROR(check_rank(tensor));
  HONE_TRY(const DType dtype, dense_dtype(tensor.type));
  HONE_TRY(const int64_t elements, element_count(tensor));
  hone::TensorType type;
  type.dtype = dtype;
  for (const int32_t size : tensor.shape) type.shape.push_back(Dim(int64_t{size}));
  const std::string name = unique_name(tensor.name);
  if (elements == 0) {
    return graph_.add_owned(name, std::move(type), std::make_shared<std::vector<std::byte>>());
  }
  HONE_TRY(const DenseBytes dense, dense_bytes(tensor));
  const Bytes bytes = dense.bytes();
  if (dense.is_view() && elements > kSmallTensor) {
    return graph_.add_constant(name, std::move(type), bytes);
  }
  return graph_.add_owned(name, std::move(type),
                          std::make_shared<std::vector<std::byte>>(bytes.begin(), bytes.end()));
}

Expected<ir::ValueId> GraphImport::lookup(int32_t index) {
  ir::ValueId& value = values_[as_index(index)];
  if (value) return value;
  const TensorView& view = tensor(index);
  if (view.is_variable) {
    return fail(Code::unsupported, "tensor '", printable(view.name),
                "' keeps its value from run to run, which is not supported yet");
  }
  const auto elements = element_count(view);
  if (!view.data && !(elements && *elements == 0)) {
    return fail(Code::corrupt, "uses '", printable(view.name), "', which nothing before it makes");
  }
  HONE_TRY_CONTEXT(value, add_constant(view), "tensor '", printable(view.name), "'");
  return value;
}

Status GraphImport::define(int32_t index, ir::ValueId value) {
  const TensorView& view = tensor(index);
  if (values_[as_index(index)]) {
    return fail(Code::corrupt, "'", printable(view.name), "' is made twice");
  }
  values_[as_index(index)] = value;
  if (graph_[value].kind == ir::ValueKind::result &&
      graph_[value].name.starts_with(cat(prefix_, view.name, "/"))) {
    graph_.rename(value, unique_name(view.name));
  }
  return {};
}

Status GraphImport::import_operator(const OperatorView& node) {
  NodeImport import(*this, node);
  find_tflite_op(node)->import(import);
  if (!import.ok()) return std::unexpected(import.take_error());
  for (const int32_t output : node.outputs) {
    if (output >= 0 && !values_[as_index(output)]) {
      return fail(Code::unsupported, "its output '", printable(tensor(output).name),
                  "' is not supported");
    }
  }
  return {};
}

Status GraphImport::import_operators() {
  for (const OperatorView& node : view_.operators) {
    if (Status status = import_operator(node); !status) {
      return std::unexpected(std::move(status).error().context(
          cat("operator ", label(view_, node), " (", op_text(node), ")")));
    }
  }
  return {};
}

Status GraphImport::finish_outputs() {
  for (const int32_t output : view_.outputs) {
    HONE_TRY_CONTEXT(const ir::ValueId id, lookup(output), "output '",
                     printable(tensor(output).name), "'");
    graph_.outputs.push_back(id);
  }
  return {};
}

namespace {

// An error that names every operator without a mapping.
Status check_operators(const SubgraphView& graph) {
  std::map<std::string, std::vector<std::string>> missing;  // operator -> labels
  for (const OperatorView& node : graph.operators) {
    if (find_tflite_op(node) == nullptr) missing[op_text(node)].push_back(label(graph, node));
  }
  if (missing.empty()) return {};
  std::string list;
  for (const auto& [op, labels] : missing) {
    constexpr size_t kShown = 3;
    list += cat(list.empty() ? "" : "; ", op, " (");
    for (size_t i = 0; i < std::min(labels.size(), kShown); ++i) {
      list += cat(i > 0 ? ", " : "", labels[i]);
    }
    list += labels.size() > kShown ? cat(" and ", labels.size() - kShown, " more)") : ")";
  }
  return fail(Code::unsupported, "hone does not know these operators: ", list);
}

}  // namespace

Expected<ImportedModel> import_model(const ModelView& model) {
  if (model.subgraphs.empty()) return fail(Code::corrupt, "has no subgraph");
  const SubgraphView& view = model.subgraphs[0];
  HONE_RETURN_IF_ERROR(check_operators(view));
  GraphImport graph(view, "");
  HONE_RETURN_IF_ERROR(graph.declare_inputs());
  HONE_RETURN_IF_ERROR(graph.import_operators());
  HONE_RETURN_IF_ERROR(graph.finish_outputs());
  ImportedModel imported;
  for (const int32_t output : view.outputs) {
    imported.output_names.emplace_back(graph.tensor(output).name);
  }
  imported.graph = std::move(graph.graph());
  HONE_RETURN_IF_ERROR(ir::verify(imported.graph));
  return imported;
}

}  // namespace hone::tflite
