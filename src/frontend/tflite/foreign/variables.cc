// Resource variables, which keep their values from run to run.
#include "frontend/tflite/graph_import.h"

namespace hone::tflite {
namespace {

void var_handle(NodeImport& n) {
  using Options = schema::VarHandleOptions;
  const auto options = n.options<Options>();
  const std::string_view name = options.get(Options::shared_name);
  Variable& variable =
      n.subgraph().model().variables[cat("resource ", options.get(Options::container), "\n", name)];
  variable.name = name.empty() ? "variable" : name;
  n.define_handle(0, variable);
}

// The variable of input 0.
Variable* variable_of(NodeImport& n) {
  Variable* variable = n.variable(0);
  if (variable == nullptr) n.unsupported("gets its variable from another operator");
  return variable;
}

void read_variable(NodeImport& n) {
  Variable* variable = variable_of(n);
  if (variable == nullptr) return;
  const auto type = n.subgraph().declared_type(n.output_tensor(0));
  if (!type) return n.set_error(type.error());
  n.output(0, n.read(*variable, *type));
}

void assign_variable(NodeImport& n) {
  Variable* variable = variable_of(n);
  const ir::ValueId value = n.input(1);
  if (variable != nullptr && n.ok()) n.assign(*variable, value);
}

}  // namespace

std::span<const TfliteOp> variables_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::VAR_HANDLE, var_handle},
      {BuiltinOperator::READ_VARIABLE, read_variable},
      {BuiltinOperator::ASSIGN_VARIABLE, assign_variable},
  };
  return kOps;
}

}  // namespace hone::tflite
