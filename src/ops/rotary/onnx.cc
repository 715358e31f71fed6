#include "ops/rotary/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

RotaryAttrs attrs_of(NodeImport& n) {
  return {.heads = n.attr("num_heads", int64_t{0}),
          .turned = n.attr("rotary_embedding_dim", int64_t{0}),
          .interleaved = n.attr("interleaved", int64_t{0}) != 0};
}

void rotary(NodeImport& n) {
  n.output(0, n.add("rotary", {n.input(0), n.input(1), n.input(2), n.input(3)}, attrs_of(n)));
}

// com.microsoft: the positions come second; [1] is that of the first token. Without num_heads, the
// heads of 3 axes follow from the size of a cosine's row.
void contrib_rotary(NodeImport& n) {
  RotaryAttrs attrs = attrs_of(n);
  const ir::ValueId x = n.input(0), cos = n.input(2);
  if (attrs.heads == 0 && n.rank(x) == 3) {
    const auto& hidden = n.type(x).tensor.shape[2];
    if (n.rank(cos) != 2 || hidden.is_symbol() || n.type(cos).tensor.shape[1].is_symbol()) {
      return n.unsupported("does not say how many heads it has");
    }
    const int64_t size = 2 * n.type(cos).tensor.shape[1].value();
    attrs.heads = size > 0 ? hidden.value() / size : 0;
  }
  n.output(0, n.add("rotary", {x, cos, n.input(3), n.input(1)}, attrs));
}

}  // namespace

std::span<const OnnxOp> rotary_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "RotaryEmbedding", rotary},
                                    {"com.microsoft", "RotaryEmbedding", contrib_rotary}};
  return kOps;
}

}  // namespace hone::onnx
