// What lives from run to run: variables are inputs and outputs of the graph, which the session
// feeds back.
#include "frontend/tflite/constant.h"
#include "frontend/tflite/graph_import.h"
#include "tensor/tensor.h"

namespace hone::tflite {
namespace {

Status check_scope(const GraphScope& scope, const Variable& variable) {
  if (scope.kind != GraphScope::Kind::body) return {};
  return fail(Code::unsupported, "uses variable '", printable(variable.name),
              "' in a branch or loop, which hone does not support");
}

}  // namespace

Variable* SubgraphImport::variable(int32_t index) {
  if (const auto found = handles_.find(index); found != handles_.end()) return found->second;
  const TensorView& view = tensor(index);
  if (!view.is_variable) return nullptr;
  const auto subgraph = &view_ - model_.model.subgraphs.data();
  Variable& made = model_.variables[cat("tensor ", index, " of subgraph ", subgraph)];
  made.name = view.name;
  return &made;
}

Expected<ir::ValueId> SubgraphImport::read(Variable& variable, const hone::TensorType& type) {
  HONE_RETURN_IF_ERROR(check_scope(scope_, variable));
  if (scope_.kind == GraphScope::Kind::setup) {
    return fail(Code::unsupported, "reads variable '", printable(variable.name),
                "' while the model is set up");
  }
  if (variable.value) return variable.value;
  if (!variable.type) variable.type = type;
  if (!is_static(variable.type->shape)) {
    return fail(Code::unsupported, "variable '", printable(variable.name),
                "' has no size that is known before the run");
  }
  const auto bytes = checked_bytes(variable.type->dtype, Dims(variable.type->shape, {}));
  if (!bytes || (model_.kept_bytes += *bytes) > limits::kVariableBytes) {
    return fail(Code::limit_exceeded, "variable '", printable(variable.name), "' is too large");
  }
  variable.input = graph().add_input(scope_.unique_name(variable.name), *variable.type);
  variable.value = variable.input;
  model_.kept.push_back(&variable);
  return variable.value;
}

Status SubgraphImport::assign(Variable& variable, ir::ValueId value) {
  HONE_RETURN_IF_ERROR(check_scope(scope_, variable));
  const ir::Value& now = graph()[value];
  if (scope_.kind == GraphScope::Kind::model) {
    if (variable.type && !(now.type.is_tensor() && now.type.tensor == *variable.type)) {
      return fail(Code::unsupported, "changes the type of variable '", printable(variable.name),
                  "'");
    }
    variable.value = value;
    return {};
  }
  if (now.kind != ir::ValueKind::constant) {
    return fail(Code::unsupported, "variable '", printable(variable.name),
                "' has a first value that must be computed");
  }
  variable.type = now.type.tensor;
  variable.initial = now.constant.owned != nullptr
                         ? now.constant.owned
                         : std::make_shared<const std::vector<std::byte>>(
                               now.constant.bytes.begin(), now.constant.bytes.end());
  return {};
}

}  // namespace hone::tflite
