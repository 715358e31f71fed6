#include "ops/text/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

TextAttrs of_kind(TextKind kind) {
  TextAttrs attrs;
  attrs.kind = kind;
  return attrs;
}

void string_concat(NodeImport& n) {
  const auto results =
      n.add_host("text", n.all_inputs(), of_kind(TextKind::concat), {Type::unknown()});
  if (n.ok()) n.output(0, results[0]);
}

void string_split(NodeImport& n) {
  TextAttrs attrs = of_kind(TextKind::split);
  attrs.delimiter = n.attr("delimiter", "");
  attrs.most = n.attr("maxsplit", int64_t{-1});
  const Type& x = n.type(n.input(0));
  Type counts = x.is_tensor() ? Type(TensorType{DType::i64, x.tensor.shape}) : Type::unknown();
  const auto results =
      n.add_host("text", n.all_inputs(), attrs, {Type::unknown(), std::move(counts)});
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

void normalize(NodeImport& n) {
  TextAttrs attrs = of_kind(TextKind::normalize);
  const std::string action = n.attr("case_change_action", "NONE");
  if (action == "LOWER") attrs.to_case = TextAttrs::Case::lower;
  if (action == "UPPER") attrs.to_case = TextAttrs::Case::upper;
  attrs.fold_case = n.attr("is_case_sensitive", int64_t{0}) == 0;
  if (const AttributeView* words = n.find("stopwords")) attrs.list = encode_list(words->strings);
  const auto results = n.add_host("text", n.all_inputs(), attrs, {Type::unknown()});
  if (n.ok()) n.output(0, results[0]);
}

}  // namespace

std::span<const OnnxOp> text_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "StringConcat", string_concat},
                                    {"", "StringSplit", string_split},
                                    {"", "StringNormalizer", normalize}};
  return kOps;
}

}  // namespace hone::onnx
