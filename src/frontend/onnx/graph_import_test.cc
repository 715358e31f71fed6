// Names while a model is imported: of bodies, of inlined functions, and very many of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "frontend/onnx/free_names.h"
#include "frontend/onnx/import.h"

namespace hone::onnx {
namespace {

using testing::ElementsAre;
using Names = std::vector<std::string_view>;

NodeView node(std::string_view op, Names inputs, Names outputs) {
  return {.op_type = op, .inputs = std::move(inputs), .outputs = std::move(outputs)};
}
NodeView with_graph(NodeView owner, std::string_view attribute, GraphView graph) {
  AttributeView made{.name = attribute};
  made.graphs.push_back(std::move(graph));
  owner.attributes.push_back(std::move(made));
  return owner;
}
ValueInfoView value(std::string_view name, DataType type, std::vector<DimView> dims) {
  ValueInfoView made{name, {}};
  made.type.kind = TypeView::Kind::tensor;
  made.type.elem_type = type;
  made.type.dims = std::move(dims);
  return made;
}
ValueInfoView row(std::string_view name) { return value(name, DataType::FLOAT, {{2, {}}}); }
ValueInfoView truth(std::string_view name) { return value(name, DataType::BOOL, {}); }

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

// z = x + y where c, else -x; y is a value around it.
NodeView choice(std::string_view output) {
  NodeView made = node("If", {"c"}, {output});
  made = with_graph(std::move(made), "then_branch",
                    graph({}, {node("Add", {"x", "y"}, {"o"})}, {"o"}));
  return with_graph(std::move(made), "else_branch", graph({}, {node("Neg", {"x"}, {"o"})}, {"o"}));
}

TEST(OnnxFreeNames, AreThoseThatNoGraphAroundTheUseDeclares) {
  const GraphView inner = graph({row("i")}, {node("Sum", {"i", "a", "b", "c", ""}, {"d"})}, {"d"});
  const GraphView outer = graph(
      {row("a")},
      {node("Neg", {"e"}, {"b"}), with_graph(node("Loop", {"n", "", "a"}, {"l"}), "body", inner),
       node("Sum", {"d", "i", "e", "l"}, {"s"})},
      {"s", "t"});
  EXPECT_THAT(free_names(outer), ElementsAre("e", "n", "c", "d", "i", "t"));
}

TEST(OnnxGraphImport, ABodysInputMayHideAValueAroundIt) {
  const GraphView body = graph({value("i", DataType::INT64, {}), truth("again"), row("s")},
                               {node("Add", {"s", "x"}, {"next"})}, {"again", "next"});
  const ModelView model = model_of(graph(
      {row("x"), value("n", DataType::INT64, {})},
      {node("Neg", {"x"}, {"s"}), with_graph(node("Loop", {"n", "", "s"}, {"y"}), "body", body)},
      {"y"}));
  const auto imported = import(model);
  ASSERT_TRUE(imported) << imported.error().text();
  const ir::Node& loop = imported->graph.nodes.back();
  EXPECT_EQ(loop.operands.size(), 4u);  // n, no condition, s, and x, which the body takes
}

TEST(OnnxGraphImport, AValueThatOneBranchHidesIsStillGivenToBoth) {
  GraphView hides = graph({}, {node("Neg", {"x"}, {"y"}), node("Abs", {"y"}, {"o"})}, {"o"});
  NodeView made = with_graph(node("If", {"c"}, {"z"}), "then_branch", hides);
  made = with_graph(std::move(made), "else_branch", graph({}, {node("Neg", {"y"}, {"o"})}, {"o"}));
  const auto imported =
      import(model_of(graph({row("x"), truth("c")}, {node("Abs", {"x"}, {"y"}), made}, {"z"})));
  ASSERT_TRUE(imported) << imported.error().text();
  EXPECT_EQ(imported->graph.nodes.back().operands.size(), 3u);
}

void collect_names(const ir::Graph& graph, std::vector<std::string>& names) {
  for (const ir::Value& value : graph.values) names.push_back(value.name);
  for (const ir::Node& node : graph.nodes) {
    for (const ir::Graph& body : node.subgraphs) collect_names(body, names);
  }
}

TEST(OnnxGraphImport, TwoCallsOfAFunctionShareNoNames) {
  ModelView model =
      model_of(graph({row("x"), row("w"), truth("c")},
                     {node("f", {"x", "w", "c"}, {"p"}), node("f", {"p", "w", "c"}, {"q"}),
                      node("Add", {"p", "q"}, {"sum"})},
                     {"sum"}));
  for (size_t i = 0; i < 2; ++i) model.graph.nodes[i].domain = "d";
  FunctionView function{.name = "f", .domain = "d"};
  function.inputs = {"x", "y", "c"};
  function.outputs = {"z"};
  function.nodes = {choice("z")};
  function.opset_imports = {{"", 17}};
  model.functions.push_back(std::move(function));
  const auto imported = import(model);
  ASSERT_TRUE(imported) << imported.error().text();
  std::vector<std::string> names;
  collect_names(imported->graph, names);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

// Each of these took time with the square of the count: hours, were it so again.
constexpr size_t kMany = 300'000;

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

TEST(OnnxGraphImport, ManyCapturedNamesTakeNoLonger) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kMany; ++i) names.push_back(cat("v", i));
  const Names views(names.begin(), names.end());
  EXPECT_EQ(free_names(graph({}, {node("Concat", views, {"o"})}, {"o"})).size(), kMany);
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
