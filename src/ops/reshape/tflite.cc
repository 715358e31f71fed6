#include <algorithm>

#include "frontend/tflite/node_import.h"
#include "ops/reshape/op.h"

namespace hone::tflite {
namespace {

using To = ReshapeAttrs::To;

// Complex numbers have an axis of 2 behind those that the file speaks of.
bool is_complex(NodeImport& n) { return n.input_tensor(0).type == TensorType::COMPLEX64; }
int64_t place_of(NodeImport& n, int64_t axis) {
  return axis < 0 && is_complex(n) ? axis - 1 : axis;
}

// Whether a shape that is computed when run must be what the file states for the result: all its
// sizes are stated but one, which follows.
bool is_stated(NodeImport& n, const std::optional<std::vector<int64_t>>& stated) {
  if (!stated || stated->empty()) return false;
  const auto open = std::ranges::count(*stated, -1);
  const Type& x = n.type(n.parts(0));
  return open == 1 || (open == 0 && x.is_tensor() && is_static(x.tensor.shape));
}

// The shape stands in an input, or in an option of old files.
void reshape(NodeImport& n) {
  using Options = schema::ReshapeOptions;
  ReshapeAttrs attrs{.allow_zero = true};
  const ir::ValueId given = n.input(1);
  if (const auto constant = n.constant_ints(given)) {
    attrs.shape = *constant;
  } else if (const auto stated = n.declared_shape(); given && is_stated(n, stated)) {
    attrs.shape = *stated;
  } else if (given) {
    return n.output(0, n.add("reshape", {n.input(0), given}, attrs));
  } else {
    for (const int32_t size : n.options<Options>().get(Options::new_shape)) {
      attrs.shape.push_back(size);
    }
    // What old files wrote for a scalar.
    if (attrs.shape == std::vector<int64_t>{0}) attrs.shape.clear();
  }
  if (is_complex(n)) attrs.shape.push_back(2);
  n.output(0, n.add("reshape", {n.parts(0)}, attrs));
}

void squeeze(NodeImport& n) {
  using Options = schema::SqueezeOptions;
  ReshapeAttrs attrs{.to = To::squeeze};
  for (const int32_t axis : n.options<Options>().get(Options::squeeze_dims)) {
    attrs.shape.push_back(place_of(n, axis));
  }
  n.output(0, n.add("reshape", {n.parts(0)}, attrs));
}

void expand_dims(NodeImport& n) {
  ReshapeAttrs attrs{.shape = n.ints(1), .to = To::unsqueeze};
  for (int64_t& axis : attrs.shape) axis = place_of(n, axis);
  n.output(0, n.add("reshape", {n.parts(0)}, attrs));
}

// A sparse constant is spread out when it is read.
void densify(NodeImport& n) { n.output(0, n.input(0)); }

}  // namespace

std::span<const TfliteOp> reshape_tflite_ops() {
  static constexpr TfliteOp kOps[] = {
      {BuiltinOperator::RESHAPE, reshape},
      {BuiltinOperator::SQUEEZE, squeeze},
      {BuiltinOperator::EXPAND_DIMS, expand_dims},
      {BuiltinOperator::DENSIFY, densify},
  };
  return kOps;
}

}  // namespace hone::tflite
