// Names while a model is imported: of bodies, of inlined functions, and very many of them.
#include <gtest/gtest.h>

#include "frontend/onnx/import.h"

namespace hone::onnx {
namespace {

using Names = std::vector<std::string_view>;

NodeView node(std::string_view op, Names inputs, Names outputs) {
  return {.op_type = op, .inputs = std::move(inputs), .outputs = std::move(outputs)};
}
ValueInfoView value(std::string_view name, DataType type, std::vector<DimView> dims) {
  ValueInfoView made{name, {}};
  made.type.kind = TypeView::Kind::tensor;
  made.type.elem_type = type;
  made.type.dims = std::move(dims);
  return made;
}
ValueInfoView row(std::string_view name) { return value(name, DataType::FLOAT, {{2, {}}}); }
GraphView graph(std::vector<ValueInfoView> inputs, std::vector<NodeView> nodes, Names outputs) {
  GraphView made;
  made.inputs = std::move(inputs);
  made.nodes = std::move(nodes);
  for (const std::string_view output : outputs) made.outputs.push_back({output, {}});
  return made;
}
ModelView model_of(GraphView main) {
  ModelView model;
  model.opset_imports = {{"", 17}, {"d", 1}};
  model.graph = std::move(main);
  return model;
}
Expected<ImportedModel> import(const ModelView& model) {
  TensorSource source;
  return import_model(model, source);
}

TEST(OnnxGraphImport, ManyNodesWithoutNamesTakeNoLonger) {
  ModelView model = model_of(graph({row("x")}, {}, {"y"}));
  for (size_t i = 0; i < kMany; ++i) model.graph.nodes.push_back(node("Relu", {"x"}, {""}));
  model.graph.nodes.push_back(node("Relu", {"x"}, {"y"}));
  const auto imported = import(model);
  ASSERT_TRUE(imported) << imported.error().text();
  EXPECT_EQ(imported->graph.nodes.size(), kMany + 1);
}

TEST(OnnxGraphImport, ManySymbolsTakeNoLonger) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kMany; ++i) names.push_back(cat("s", i));
  ModelView model = model_of(graph({}, {node("Relu", {"s0"}, {"y"})}, {"y"}));
  for (const std::string& name : names) {
    model.graph.inputs.push_back(value(name, DataType::FLOAT, {{{}, name}}));
  }
  const auto imported = import(model);
  ASSERT_TRUE(imported) << imported.error().text();
  EXPECT_EQ(imported->graph.symbols.size(), kMany);
}

TEST(OnnxGraphImport, CallsOfManyFunctionsTakeNoLonger) {
  constexpr size_t kFunctions = 40'000;
  std::vector<std::string> names, outputs;
  ModelView model = model_of(graph({row("x")}, {}, {}));
  for (size_t i = 0; i < kFunctions; ++i) {
    names.push_back(cat("f", i));
    outputs.push_back(cat("y", i));
  }
  for (size_t i = 0; i < kFunctions; ++i) {
    FunctionView function{.name = names[i], .domain = "d"};
    function.inputs = {"a"};
    function.outputs = {"b"};
    function.nodes = {node("Relu", {"a"}, {"b"})};
    function.opset_imports = {{"", 17}};
    model.functions.push_back(std::move(function));
    model.graph.nodes.push_back(node(names[i], {"x"}, {outputs[i]}));
    model.graph.nodes.back().domain = "d";
  }
  model.graph.outputs.push_back({outputs.back(), {}});
  const auto imported = import(model);
  ASSERT_TRUE(imported) << imported.error().text();
  EXPECT_EQ(imported->graph.nodes.size(), kFunctions);
}

}  // namespace
}  // namespace hone::onnx
