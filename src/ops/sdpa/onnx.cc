#include "ops/sdpa/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

using Show = SdpaAttrs::Show;

void emit(NodeImport& n, std::vector<ir::ValueId> operands, SdpaAttrs attrs) {
  attrs.present = n.has_output(1) || n.has_output(2);
  const auto results = n.add_all("sdpa", std::move(operands), attrs);
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

// The modes are those of onnx 1.23 and ONNX Runtime 1.32; before, 1 and 2 were the other way round.
void attention(NodeImport& n) {
  SdpaAttrs attrs{.q_heads = n.attr("q_num_heads", int64_t{0}),
                  .kv_heads = n.attr("kv_num_heads", int64_t{0}),
                  .scale = n.attr("scale", 0.0f),
                  .softcap = n.attr("softcap", 0.0f),
                  .causal = n.attr("is_causal", int64_t{0}) != 0,
                  .left = n.attr("left_window_size", int64_t{-1}),
                  .right = n.attr("right_window_size", int64_t{-1})};
  constexpr Show kModes[] = {Show::product, Show::capped, Show::masked, Show::softmax};
  const int64_t mode = n.attr("qk_matmul_output_mode", int64_t{0});
  if (mode < 0 || mode > 3) return n.invalid("has no qk_matmul_output_mode ", mode);
  if (n.has_output(3)) attrs.show = kModes[mode];
  emit(n, {n.input(0), n.input(1), n.input(2), n.input(3), n.input(4), n.input(5), n.input(6)},
       attrs);
}

}  // namespace

std::span<const OnnxOp> sdpa_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Attention", attention}};
  return kOps;
}

}  // namespace hone::onnx
