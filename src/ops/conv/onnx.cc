#include "ops/conv/op.h"

#include <algorithm>

#include "frontend/onnx/node_import.h"
#include "frontend/onnx/window_import.h"
#include "ops/binary/op.h"
#include "ops/unary/op.h"

namespace hone::onnx {
namespace {

ir::ValueId convolution(NodeImport& n) {
  const ConvAttrs attrs{.window = window_attrs(n), .groups = n.attr("group", int64_t{1})};
  return n.add("conv", {n.input(0), n.input(1), n.input(2)}, attrs);
}
void conv(NodeImport& n) { n.output(0, convolution(n)); }

// A function named by an attribute, with its numbers in another.
ir::ValueId activated(NodeImport& n, ir::ValueId x) {
  struct Activation {
    std::string_view name;
    UnaryKind kind;
    size_t numbers;
  };
  static constexpr Activation kActivations[] = {{"Relu", UnaryKind::relu, 0},
                                                {"Sigmoid", UnaryKind::sigmoid, 0},
                                                {"Tanh", UnaryKind::tanh, 0},
                                                {"LeakyRelu", UnaryKind::leaky_relu, 1},
                                                {"HardSigmoid", UnaryKind::hard_sigmoid, 2}};
  const std::string name = n.attr("activation", "");
  std::vector<float> numbers = n.floats("activation_params");
  if (name.empty()) return x;
  if (name == "Clip" && numbers.size() == 2) {
    const DType dtype = n.dtype(x).value_or(DType::f32);
    const auto bound = [&](float to) { return n.scalar(dtype, static_cast<double>(to)); };
    x = n.add("binary", {x, bound(numbers[0])}, BinaryAttrs{BinaryKind::max});
    return n.add("binary", {x, bound(numbers[1])}, BinaryAttrs{BinaryKind::min});
  }
  const auto* found = std::ranges::find(kActivations, name, &Activation::name);
  if (found == std::end(kActivations) || numbers.size() < found->numbers) {
    n.unsupported("has the activation '", name, "' with ", numbers.size(), " numbers");
    return {};
  }
  numbers.resize(2);
  return n.add("unary", {x}, UnaryAttrs{found->kind, numbers[0], numbers[1]});
}

// com.microsoft: Conv, then a sum with Z, then a function of it.
void fused_conv(NodeImport& n) {
  ir::ValueId y = convolution(n);
  if (n.has_input(3)) y = n.add("binary", {y, n.input(3)}, BinaryAttrs{BinaryKind::add});
  n.output(0, activated(n, y));
}

}  // namespace

std::span<const OnnxOp> conv_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "Conv", conv}, {"com.microsoft", "FusedConv", fused_conv}};
  return kOps;
}

}  // namespace hone::onnx
