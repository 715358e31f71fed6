#include "frontend/onnx/node_import.h"
#include "frontend/onnx/window_import.h"
#include "ops/pool/op.h"

namespace hone::onnx {
namespace {

using PoolKind = PoolAttrs::Kind;

template <PoolKind kind>
void window(NodeImport& n) {
  PoolAttrs attrs{.kind = kind,
                  .kernel = n.ints("kernel_shape"),
                  .window = window_attrs(n),
                  .ceil = n.attr("ceil_mode", int64_t{0}) != 0,
                  .count_padding = n.attr("count_include_pad", int64_t{0}) != 0,
                  .p = n.attr("p", int64_t{2}),
                  .indices = n.has_output(1),
                  .column_major = n.attr("storage_order", int64_t{0}) != 0};
  if (attrs.kernel.empty()) return n.invalid("has no kernel_shape");
  const auto results = n.add_all("pool", {n.input(0)}, attrs);
  for (size_t i = 0; i < results.size(); ++i) n.output(i, results[i]);
}

}  // namespace

std::span<const OnnxOp> pool_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "MaxPool", window<PoolKind::max>},
                                    {"", "AveragePool", window<PoolKind::average>},
                                    {"", "LpPool", window<PoolKind::lp>}};
  return kOps;
}

}  // namespace hone::onnx
