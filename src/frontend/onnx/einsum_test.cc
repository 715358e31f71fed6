// Einsum against its definition: a sum over all values of all labels.
#include <gtest/gtest.h>

#include <map>

#include "frontend/onnx/import.h"
#include "reference/interpret.h"

namespace hone::onnx {
namespace {

using ir::HostTensor;
using Labels = std::string;

struct Sample {
  std::string equation;
  std::vector<Labels> terms;  // the labels of each operand, "..." spelled out in capitals
  Labels output;
};

// The size of a label is its place in the alphabet modulo 4, plus 2.
int64_t size_of(char label) { return label % 4 + 2; }

HostTensor operand(const Labels& labels, double seed) {
  HostTensor x;
  size_t count = 1;
  for (const char label : labels) {
    x.shape.push_back(size_of(label));
    count *= static_cast<size_t>(size_of(label));
  }
  for (size_t i = 0; i < count; ++i) {
    x.data.push_back(static_cast<double>((i * 7 + 3) % 11) / 8 - seed);
  }
  return x;
}

double element(const HostTensor& x, const Labels& labels, const std::map<char, int64_t>& at) {
  size_t index = 0;
  for (const char label : labels) {
    index = index * static_cast<size_t>(size_of(label)) + static_cast<size_t>(at.at(label));
  }
  return x.data[index];
}

// Walks all values of the labels in `left`, adding products to the output's element.
void define(const Sample& sample, const std::vector<HostTensor>& operands, Labels left,
            std::map<char, int64_t>& at, HostTensor& y) {
  if (left.empty()) {
    double product = 1;
    for (size_t i = 0; i < operands.size(); ++i) {
      product *= element(operands[i], sample.terms[i], at);
    }
    size_t index = 0;
    for (const char label : sample.output) {
      index = index * static_cast<size_t>(size_of(label)) + static_cast<size_t>(at[label]);
    }
    y.data[index] += product;
    return;
  }
  const char label = left.back();
  left.pop_back();
  for (int64_t i = 0; i < size_of(label); ++i) {
    at[label] = i;
    define(sample, operands, left, at, y);
  }
}

HostTensor expected(const Sample& sample, const std::vector<HostTensor>& operands) {
  Labels all;
  for (const Labels& term : sample.terms) {
    for (const char label : term) {
      if (all.find(label) == Labels::npos) all += label;
    }
  }
  HostTensor y = operand(sample.output, 0);
  std::ranges::fill(y.data, 0.0);
  std::map<char, int64_t> at;
  define(sample, operands, all, at, y);
  return y;
}

// A model of one Einsum, with f32 inputs of these shapes.
Expected<ImportedModel> import(const std::string& equation,
                               const std::vector<HostTensor>& operands) {
  static const std::string_view kNames[] = {"a", "b", "c"};
  ModelView model;
  model.opset_imports.push_back({"", 12});
  NodeView node{.op_type = "Einsum"};
  for (size_t i = 0; i < operands.size(); ++i) {
    ValueInfoView input{kNames[i], {}};
    input.type.kind = TypeView::Kind::tensor;
    input.type.elem_type = DataType::FLOAT;
    input.type.dims.emplace();
    for (const int64_t size : operands[i].shape) input.type.dims->push_back({size, {}});
    model.graph.inputs.push_back(input);
    node.inputs.push_back(kNames[i]);
  }
  node.outputs.push_back("y");
  AttributeView attribute{.name = "equation"};
  attribute.s = equation;
  node.attributes.push_back(attribute);
  model.graph.nodes.push_back(node);
  model.graph.outputs.push_back({"y", {}});
  TensorSource source;
  return import_model(model, source);
}

void check(const Sample& sample) {
  SCOPED_TRACE(sample.equation);
  std::vector<HostTensor> operands;
  std::map<std::string, HostTensor> inputs;
  for (size_t i = 0; i < sample.terms.size(); ++i) {
    operands.push_back(operand(sample.terms[i], static_cast<double>(i) / 4));
    inputs[std::string(1, static_cast<char>('a' + i))] = operands.back();
  }
  auto model = import(sample.equation, operands);
  ASSERT_TRUE(model) << model.error().text();
  ir::HostStates states;
  const auto results = ir::interpret(model->graph, inputs, states);
  ASSERT_TRUE(results) << results.error().text();
  const HostTensor& y = results->begin()->second;
  const HostTensor wanted = expected(sample, operands);
  EXPECT_EQ(y.shape, wanted.shape);
  ASSERT_EQ(y.data.size(), wanted.data.size());
  for (size_t i = 0; i < y.data.size(); ++i) EXPECT_NEAR(y.data[i], wanted.data[i], 1e-4);
}

TEST(Einsum, MeansItsDefinition) {
  check({"ij->ji", {"ij"}, "ji"});
  check({"ij->i", {"ij"}, "i"});
  check({"ij->", {"ij"}, ""});
  check({"ba", {"ba"}, "ab"});
  check({"i,i", {"i", "i"}, ""});
  check({"i,j->ij", {"i", "j"}, "ij"});
  check({"ij,jk", {"ij", "jk"}, "ik"});
  check({"bij, bjk -> bik", {"bij", "bjk"}, "bik"});
  check({"bhid,bhjd->bhij", {"bhid", "bhjd"}, "bhij"});
  check({"bqhd,bkhd->bhqk", {"bqhd", "bkhd"}, "bhqk"});
  check({"abcd,cde->abe", {"abcd", "cde"}, "abe"});
  check({"abc,de->eadbc", {"abc", "de"}, "eadbc"});
  check({"abi,cdi->acbd", {"abi", "cdi"}, "acbd"});
  check({"ab,bc,cd->ad", {"ab", "bc", "cd"}, "ad"});
  check({"ab,ac,a->bc", {"ab", "ac", "a"}, "bc"});
  check({"abx,bc->ac", {"abx", "bc"}, "ac"});
}

TEST(Einsum, TakesDiagonalsAndEllipses) {
  check({"ii->i", {"ii"}, "i"});
  check({"ii", {"ii"}, ""});
  check({"aibi->bia", {"aibi"}, "bia"});
  check({"...ii->...i", {"XYii"}, "XYi"});
  check({"...ij,...jk->...ik", {"XYij", "Yjk"}, "XYik"});
  check({"...ij,jk", {"Xij", "jk"}, "Xik"});
  check({"i...->...i", {"iXY"}, "XYi"});
}

TEST(Einsum, AnEquationThatDoesNotFitIsRefused) {
  const HostTensor matrix = operand("ab", 0);
  for (const std::string_view equation : {"", "a", "abc", "a,b", "ab->c", "ab->aa", "ab->a...b...c",
                                          "a b,", ",ab", "a-b", "a.b", "...abc->a", "ab->->a"}) {
    const auto model = import(std::string(equation), {matrix});
    ASSERT_FALSE(model) << equation;
    EXPECT_NE(model.error().text().find("does not fit its operands"), std::string::npos)
        << model.error().text();
  }
  EXPECT_FALSE(import("aab", {operand("abc", 0)}));
  EXPECT_FALSE(import("ab,ab", {matrix}));
}

}  // namespace
}  // namespace hone::onnx
