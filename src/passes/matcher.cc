#include "passes/matcher.h"

#include <cmath>
#include <cstring>

#include "ops/reduce/op.h"

namespace hone::passes {

using namespace ir;

Matcher::Matcher(const Graph& graph) : graph_(graph), uses_(count_uses(graph)) {}

const Node* Matcher::maker(ValueId value, std::string_view op) const {
  if (!value || graph_[value].kind != ValueKind::result) return nullptr;
  const Node& node = graph_[graph_[value].producer];
  return node.op->name == op && node.results.size() == 1 ? &node : nullptr;
}

std::optional<Matcher::Pair> Matcher::binary(ValueId value, BinaryKind kind) const {
  const Node* node = maker(value, "binary");
  if (node == nullptr || node->attrs.as<BinaryAttrs>().kind != kind) return {};
  return Pair{node->operands[0], node->operands[1]};
}

std::optional<ValueId> Matcher::unary(ValueId value, UnaryKind kind) const {
  const Node* node = maker(value, "unary");
  if (node == nullptr || node->attrs.as<UnaryAttrs>().kind != kind) return {};
  return node->operands[0];
}

std::optional<double> Matcher::number(ValueId value) const {
  if (!value || graph_[value].kind != ValueKind::constant) return {};
  const Type& type = graph_[value].type;
  if (!type.is_tensor() || type.tensor.dtype != DType::f32 || !type.tensor.shape.empty()) return {};
  float number = 0;
  std::memcpy(&number, graph_[value].constant.bytes.data(), sizeof(number));
  return number;
}

bool Matcher::is_vector(ValueId value) const {
  if (!value || graph_[value].kind != ValueKind::constant) return false;
  const Type& type = graph_[value].type;
  return type.is_tensor() && type.tensor.dtype == DType::f32 && type.tensor.shape.size() == 1;
}

std::optional<std::vector<int64_t>> Matcher::reduced(const Node& reduce) const {
  const auto& attrs = reduce.attrs.as<ReduceAttrs>();
  const ValueId axes = reduce.operands.size() > 1 ? reduce.operands[1] : ValueId{};
  if (!axes) return attrs.axes;
  const Value& value = graph_[axes];
  if (value.kind != ValueKind::constant || value.type.tensor.dtype != DType::i64) return {};
  std::vector<int64_t> given(value.constant.bytes.size() / sizeof(int64_t));
  if (!given.empty()) {
    std::memcpy(given.data(), value.constant.bytes.data(), given.size() * sizeof(int64_t));
  }
  return given;
}

std::optional<ValueId> Matcher::plus(ValueId sum, double wanted) const {
  const auto pair = binary(sum, BinaryKind::add);
  if (!pair) return {};
  for (const size_t i : {0u, 1u}) {
    const auto given = number((*pair)[i]);
    if (given && is_about(*given, wanted)) return (*pair)[1 - i];
  }
  return {};
}

Product Matcher::product(ValueId value) const {
  Product product;
  multiply(value, true, product);
  return product;
}

void Matcher::multiply(ValueId value, bool is_whole, Product& product) const {
  if (const auto by = number(value)) {
    product.number *= *by;
    return;
  }
  if (is_whole || uses(value) == 1) {
    if (const auto pair = binary(value, BinaryKind::mul)) {
      for (const ValueId factor : *pair) multiply(factor, false, product);
      return;
    }
    const auto pair = binary(value, BinaryKind::div);
    if (const auto by = pair ? number((*pair)[1]) : std::nullopt; by) {
      product.number /= *by;
      return multiply((*pair)[0], false, product);
    }
  }
  product.others.push_back(value);
}

std::optional<ValueId> Matcher::scaled(ValueId value, double wanted) const {
  const Product made = product(value);
  if (made.others.size() != 1 || !is_about(made.number, wanted)) return {};
  return made.others[0];
}

bool is_about(double a, double b) { return std::abs(a - b) <= 1e-5 * std::abs(b); }

}  // namespace hone::passes
