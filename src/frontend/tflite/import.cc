#include "frontend/tflite/import.h"

#include <map>
#include <set>

#include "frontend/tflite/graph_import.h"
#include "ir/verify.h"

namespace hone::tflite {
namespace {

using Missing = std::map<std::string, std::vector<std::string>>;  // operator -> labels

// Operators without a mapping, in all subgraphs that the first one calls.
Missing missing_operators(const ModelView& model) {
  Missing missing;
  std::vector<size_t> waiting{0};
  std::set<size_t> seen{0};
  while (!waiting.empty()) {
    const SubgraphView& graph = model.subgraphs[waiting.back()];
    waiting.pop_back();
    for (const OperatorView& node : graph.operators) {
      if (find_tflite_op(node) == nullptr) missing[op_text(node)].push_back(label(graph, node));
      for (const int32_t called : called_subgraphs(node)) {
        const auto index = static_cast<size_t>(called);
        if (index < model.subgraphs.size() && seen.insert(index).second) waiting.push_back(index);
      }
    }
  }
  return missing;
}

Status check_operators(const ModelView& model) {
  const Missing missing = missing_operators(model);
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
  HONE_RETURN_IF_ERROR(check_operators(model));
  ModelImport shared{.model = model};
  GraphScope scope;
  const SubgraphView& view = model.subgraphs[0];
  scope.graph.name = view.name.empty() ? "main" : std::string(view.name);
  SubgraphImport graph(shared, scope, view);
  HONE_RETURN_IF_ERROR(graph.declare_inputs());
  HONE_RETURN_IF_ERROR(graph.import_operators());
  HONE_TRY(scope.graph.outputs, graph.outputs());
  ImportedModel imported;
  for (const int32_t output : view.outputs) {
    imported.output_names.emplace_back(graph.tensor(output).name);
  }
  for (const Variable* variable : shared.kept) {
    scope.graph.outputs.push_back(variable->value);
    imported.states.push_back(variable->initial);
  }
  imported.graph = std::move(scope.graph);
  HONE_RETURN_IF_ERROR(ir::verify(imported.graph));
  return imported;
}

}  // namespace hone::tflite
