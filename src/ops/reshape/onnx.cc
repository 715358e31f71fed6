#include "frontend/onnx/node_import.h"
#include "ops/reshape/op.h"

namespace hone::onnx {
namespace {

using To = ReshapeAttrs::To;

// Axes or a shape stand in an attribute in old opsets, in an input in new ones.
void emit(NodeImport& n, ReshapeAttrs attrs, std::string_view attribute) {
  const ir::ValueId x = n.input(0), given = n.input(1);
  if (!given) attrs.shape = n.ints(attribute);
  if (const auto constant = n.constant_ints(given)) {
    attrs.shape = *constant;
    // No axes at all is not the same as "all of size 1".
    if (attrs.to != To::squeeze || !constant->empty()) {
      n.output(0, n.add("reshape", {x}, attrs));
      return;
    }
  }
  n.output(0, n.add("reshape", {x, given}, attrs));
}

void reshape(NodeImport& n) {
  emit(n, {.shape = {}, .to = To::shape, .allow_zero = n.attr("allowzero", int64_t{0}) != 0},
       "shape");
}
void squeeze(NodeImport& n) { emit(n, {.shape = {}, .to = To::squeeze}, "axes"); }
void unsqueeze(NodeImport& n) { emit(n, {.shape = {}, .to = To::unsqueeze}, "axes"); }
void flatten(NodeImport& n) {
  const ReshapeAttrs attrs{.shape = {}, .to = To::flatten, .axis = n.attr("axis", int64_t{1})};
  n.output(0, n.add("reshape", {n.input(0)}, attrs));
}
void identity(NodeImport& n) { n.output(0, n.input(0)); }

}  // namespace

std::span<const OnnxOp> reshape_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Reshape", reshape},
                                    {"", "Squeeze", squeeze},
                                    {"", "Unsqueeze", unsqueeze},
                                    {"", "Flatten", flatten},
                                    {"", "Identity", identity}};
  return kOps;
}

}  // namespace hone::onnx
