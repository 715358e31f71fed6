#include "ops/taper/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

template <TaperAttrs::Kind kind>
void taper(NodeImport& n) {
  const auto to = dtype_of(
      static_cast<DataType>(n.attr("output_datatype", static_cast<int64_t>(DataType::FLOAT))));
  if (!to) return n.unsupported("has an output_datatype that hone does not know");
  const TaperAttrs attrs{kind, n.attr("periodic", int64_t{1}) != 0, std::string(name_of(*to))};
  n.output(0, n.add("taper", {n.input(0)}, attrs));
}

}  // namespace

std::span<const OnnxOp> taper_onnx_ops() {
  using Kind = TaperAttrs::Kind;
  static constexpr OnnxOp kOps[] = {{"", "HannWindow", taper<Kind::hann>},
                                    {"", "HammingWindow", taper<Kind::hamming>},
                                    {"", "BlackmanWindow", taper<Kind::blackman>}};
  return kOps;
}

}  // namespace hone::onnx
