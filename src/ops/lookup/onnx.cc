#include "ops/lookup/op.h"

#include "frontend/onnx/node_import.h"
#include "ops/binary/op.h"
#include "ops/cast/op.h"
#include "ops/reshape/op.h"
#include "ops/take/op.h"
#include "ops/text/op.h"

namespace hone::onnx {
namespace {

ir::ValueId text(NodeImport& n, const std::vector<std::string_view>& strings) {
  TextAttrs attrs;
  attrs.list = encode_list(strings);
  attrs.dims = {std::ssize(strings)};
  const auto results =
      n.add_host("text", {}, attrs, {Type(TensorType{DType::string, {Dim(attrs.dims[0])}})});
  return n.ok() ? results[0] : ir::ValueId{};
}

// The list that attributes "<what>_strings", "<what>_int64s", "<what>_floats" or "<what>_tensor"
// hold.
ir::ValueId list(NodeImport& n, std::string_view what) {
  if (const auto* tensor = n.find(cat(what, "_tensor")); tensor && !tensor->tensors.empty()) {
    return n.constant(tensor->tensors[0]);
  }
  if (const auto* strings = n.find(cat(what, "_strings"))) return text(n, strings->strings);
  if (const auto* ints = n.find(cat(what, "_int64s"))) return n.constant(std::span(ints->ints));
  if (const auto* floats = n.find(cat(what, "_floats")))
    return n.constant(std::span(floats->floats));
  n.invalid("it has no ", what);
  return {};
}

ir::ValueId missing(NodeImport& n) {
  if (n.has("values_tensor")) {
    const AttributeView* given = n.find("default_tensor");
    if (given != nullptr && !given->tensors.empty()) return n.constant(given->tensors[0]);
    n.invalid("it has no default_tensor");
    return {};
  }
  if (n.has("values_strings")) {
    const std::string given = n.attr("default_string", "_Unused");
    return text(n, {given});
  }
  if (n.has("values_int64s"))
    return n.scalar(DType::i64, static_cast<double>(n.attr("default_int64", int64_t{-1})));
  return n.scalar(DType::f32, static_cast<double>(n.attr("default_float", -0.0f)));
}

void label_encoder(NodeImport& n) {
  if (n.has("classes_strings")) return n.unsupported("is of ai.onnx.ml's first version");
  const ir::ValueId keys = list(n, "keys"), values = list(n, "values"), other = missing(n);
  if (!n.ok()) return;
  const Type& x = n.type(n.input(0));
  const auto dtype = n.dtype(values);
  const Type y =
      x.is_tensor() && dtype ? Type(TensorType{*dtype, x.tensor.shape}) : Type::unknown();
  const auto results = n.add_host("lookup", {n.input(0), keys, values, other}, {}, {y});
  if (n.ok()) n.output(0, results[0]);
}

// 1 where x is above the threshold, else 0.
void binarizer(NodeImport& n) {
  const ir::ValueId x = n.input(0);
  const auto dtype = n.dtype(x);
  if (!dtype) return n.unsupported("takes a tensor whose dtype is known only when run");
  const ir::ValueId limit = n.scalar(*dtype, static_cast<double>(n.attr("threshold", 0.0f)));
  const ir::ValueId above = n.add("binary", {x, limit}, BinaryAttrs{BinaryKind::greater});
  n.output(0, n.add("cast", {above}, CastAttrs{std::string(name_of(*dtype))}));
}

// Columns of the last axis; a vector is one row.
void array_feature_extractor(NodeImport& n) {
  const auto rank = n.rank(n.input(0));
  if (!rank) return n.unsupported("takes a tensor whose rank is known only when run");
  const ir::ValueId index = n.add("reshape", {n.input(1)}, ReshapeAttrs{.shape = {-1}});
  ir::ValueId y = n.add("take", {n.input(0), index}, TakeAttrs{-1});
  if (*rank == 1) y = n.add("reshape", {y}, ReshapeAttrs{.shape = {1, -1}});
  n.output(0, y);
}

}  // namespace

std::span<const OnnxOp> lookup_onnx_ops() {
  static constexpr OnnxOp kOps[] = {
      {"ai.onnx.ml", "LabelEncoder", label_encoder},
      {"ai.onnx.ml", "Binarizer", binarizer},
      {"ai.onnx.ml", "ArrayFeatureExtractor", array_feature_extractor}};
  return kOps;
}

}  // namespace hone::onnx
