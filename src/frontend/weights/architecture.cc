#include "frontend/weights/architecture.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "frontend/weights/text_template.h"
#include "ir/text.h"
#include "tensor/encode.h"

namespace hone::weights {
namespace {

constexpr std::string_view kBert =
#include "frontend/weights/arch/bert.hir.inc"
    ;
constexpr std::string_view kBertNames =
#include "frontend/weights/arch/bert.names.inc"
    ;
constexpr std::string_view kEfficientnetLite0 =
#include "frontend/weights/arch/efficientnet-lite0.hir.inc"
    ;
constexpr std::string_view kEfficientnetLite0Names =
#include "frontend/weights/arch/efficientnet-lite0.names.inc"
    ;

struct Architecture {
  std::string_view name;
  std::string_view model_type;  // in a transformers config.json; empty: it has none
  std::string_view text;
  std::string_view names;
};

constexpr std::array<Architecture, 2> kArchitectures = {{
    {"bert", "bert", kBert, kBertNames},
    {"efficientnet-lite0", "", kEfficientnetLite0, kEfficientnetLite0Names},
}};

// What the stars of a pattern stand for, each as short as the rest allows.
std::optional<std::vector<std::string_view>> match(std::string_view pattern,
                                                   std::string_view name) {
  const std::vector<std::string_view> literals = split(pattern, '*');
  if (!name.starts_with(literals[0])) return std::nullopt;
  name.remove_prefix(literals[0].size());
  std::vector<std::string_view> stars;
  for (size_t i = 1; i < literals.size(); ++i) {
    const bool last = i + 1 == literals.size();
    if (last && !name.ends_with(literals[i])) return std::nullopt;
    const size_t at = last ? name.size() - literals[i].size() : name.find(literals[i]);
    if (at == name.npos) return std::nullopt;
    stars.push_back(name.substr(0, at));
    name.remove_prefix(at + literals[i].size());
  }
  return name.empty() ? std::optional(stars) : std::nullopt;
}

std::string fill(std::string_view pattern, std::span<const std::string_view> stars) {
  std::string name;
  size_t star = 0;
  for (const char c : pattern) {
    if (c == '*' && star < stars.size()) {
      name += stars[star++];
    } else {
      name += c;
    }
  }
  return name;
}

bool becomes_f32(DType dtype) {
  return dtype == DType::f16 || dtype == DType::bf16 || dtype == DType::f64;
}

ir::SourcedConstant as_f32(const StateTensor& tensor) {
  const int64_t width = info(tensor.type.dtype).block_bytes;
  const size_t count = tensor.data.bytes.size() / static_cast<size_t>(width);
  auto floats = std::make_shared<std::vector<std::byte>>(count * sizeof(float));
  for (size_t i = 0; i < count; ++i) {
    const double value = decode_element(tensor.type.dtype,
                                        tensor.data.bytes.data() + static_cast<int64_t>(i) * width);
    encode_element(DType::f32, value, floats->data() + i * sizeof(float));
  }
  return {{DType::f32, tensor.type.shape}, {*floats, floats}};
}

Expected<ir::SourcedConstant> find_weight(const StateDict& weights, std::string_view map,
                                          std::string_view name) {
  const std::vector<std::string> names = mapped_names(map, name);
  for (const std::string& candidate : names) {
    const auto found = weights.tensors.find(candidate);
    if (found == weights.tensors.end()) continue;
    if (becomes_f32(found->second.type.dtype)) return as_f32(found->second);
    return ir::SourcedConstant{found->second.type, found->second.data};
  }
  return fail(Code::invalid_argument, "the weights lack '", names.empty() ? name : names[0], "'");
}

}  // namespace

std::optional<std::string> architecture_of(const Json& config) {
  const Json* type = config.find("model_type");
  if (type == nullptr || type->as_string() == nullptr || type->as_string()->empty()) return {};
  const auto found =
      std::ranges::find(kArchitectures, *type->as_string(), &Architecture::model_type);
  return found == kArchitectures.end() ? std::nullopt : std::optional(std::string(found->name));
}

std::string architecture_names() {
  std::string names;
  for (const Architecture& one : kArchitectures) names += cat(names.empty() ? "" : ", ", one.name);
  return names;
}

std::vector<std::string> mapped_names(std::string_view map, std::string_view name) {
  std::vector<std::string> names;
  for (const std::string_view line : split(map, '\n')) {
    const size_t equals = line.find(" = ");
    if (line.starts_with('#') || equals == line.npos) continue;
    const auto stars = match(trim(line.substr(0, equals)), name);
    if (stars) names.push_back(fill(trim(line.substr(equals + 3)), *stars));
  }
  return names;
}

Expected<ir::Graph> build_architecture(std::string_view name, const StateDict& weights,
                                       const Json& config) {
  const auto found = std::ranges::find(kArchitectures, name, &Architecture::name);
  if (found == kArchitectures.end()) {
    return fail(Code::unsupported, "hone knows no architecture '", printable(name), "', but ",
                architecture_names());
  }
  HONE_TRY_CONTEXT(const std::string text, expand_template(found->text, config), found->name);
  const auto source = [&](std::string_view constant) {
    return find_weight(weights, found->names, constant);
  };
  HONE_TRY_CONTEXT(ir::Graph graph, ir::parse_text(text, source), found->name);
  return graph;
}

}  // namespace hone::weights
