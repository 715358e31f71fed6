#include <charconv>

#include "ops/define.h"
#include "ops/text/op.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x*"};
constexpr std::string_view kResults[] = {"y*"};

}  // namespace

std::string encode_list(const std::vector<std::string_view>& strings) {
  std::string text;
  for (const std::string_view string : strings) text += cat(string.size(), ":", string);
  return text;
}

std::optional<std::vector<std::string>> decode_list(std::string_view text) {
  std::vector<std::string> strings;
  while (!text.empty()) {
    size_t size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    const auto digits = static_cast<size_t>(end - text.data());
    if (error != std::errc{} || digits == text.size() || *end != ':') return {};
    text.remove_prefix(digits + 1);
    if (size > text.size()) return {};
    strings.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return strings;
}

const OpDef& text_op() {
  static const OpDef kDef{.name = "text",
                          .summary = "what is done with tensors of strings (ONNX String*)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = {},
                          .default_attrs = [] { return Attrs(TextAttrs{}); },
                          .infer = nullptr,
                          .cost = nullptr,
                          .runs = Runs::on_host};
  return kDef;
}

}  // namespace hone
