#include "ops/cast/op.h"

#include "frontend/onnx/node_import.h"
#include "ops/text/op.h"

namespace hone::onnx {
namespace {

// Text is made and read on the host.
void cast_text(NodeImport& n, TextKind kind, std::string_view to, DType dtype) {
  TextAttrs attrs;
  attrs.kind = kind;
  attrs.to = to;
  const Type& x = n.type(n.input(0));
  const Type type = x.is_tensor() ? Type(TensorType{dtype, x.tensor.shape}) : Type::unknown();
  const auto results = n.add_host("text", {n.input(0)}, attrs, {type});
  if (n.ok()) n.output(0, results[0]);
}

void cast(NodeImport& n) {
  const auto to = static_cast<DataType>(n.attr("to", int64_t{0}));
  if (to == DataType::STRING) return cast_text(n, TextKind::print, "", DType::string);
  const auto dtype = dtype_of(to);
  if (!dtype) return n.unsupported("casts to ONNX type ", static_cast<int64_t>(to));
  if (n.dtype(n.input(0)) == DType::string) {
    return cast_text(n, TextKind::parse, name_of(*dtype), *dtype);
  }
  const CastAttrs attrs{std::string(name_of(*dtype)), n.attr("saturate", int64_t{1}) != 0};
  n.output(0, n.add("cast", {n.input(0)}, attrs));
}

void cast_like(NodeImport& n) {
  const CastAttrs attrs{"", n.attr("saturate", int64_t{1}) != 0};
  n.output(0, n.add("cast", {n.input(0), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> cast_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Cast", cast}, {"", "CastLike", cast_like}};
  return kOps;
}

}  // namespace hone::onnx
