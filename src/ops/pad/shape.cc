#include <algorithm>

#include "ops/pad/op.h"
#include "ops/shape_rules.h"

namespace hone {
namespace {

constexpr std::string_view kOperands[] = {"x", "pads?", "value?", "axes?"};
constexpr std::string_view kResults[] = {"y"};
constexpr std::string_view kConstraints[] = {
    "C1: x has plain elements",
    "C2: pads and axes are lists of integers, two pads or one size >= 0 an axis",
    "C3: each axis is one of x's, named once",
    "C4: no axis becomes smaller than nothing or too large, nor grows out of nothing but by a "
    "value",
    "C5: the value is one element of x's dtype",
};
// The odd element goes to the end if x grows, and if it shrinks.
Expected<AxisPad> centered(Dim dim, int64_t size) {
  int64_t grows = 0;
  if (size < 0 || dim.is_symbol() || __builtin_sub_overflow(size, dim.value(), &grows)) {
    return fail_constraint("C2", "size ", size, " makes no sense");
  }
  return AxisPad{grows / 2, grows - grows / 2};
}

constexpr int64_t kMostPadding = int64_t{1} << 40;

Expected<Dim> padded(Dim dim, const AxisPad& pad, PadMode mode) {
  if (std::max(pad.before, pad.after) > kMostPadding ||
      std::min(pad.before, pad.after) < -kMostPadding) {
    return fail_constraint("C4", "pads ", pad.before, " and ", pad.after, " are too large");
  }
  if (pad.before == 0 && pad.after == 0) return dim;
  if (dim.is_symbol()) return Dim::unknown();
  const int64_t size = dim.value() + pad.before + pad.after;
  if (size < 0 || (size > 0 && dim.value() == 0 && mode != PadMode::constant)) {
    return fail_constraint("C4", "an axis of ", dim.value(), " cannot become ", size);
  }
  return Dim(size);
}

Expected<std::vector<TensorType>> infer(const PadAttrs& attrs, OperandTypes operands) {
  const TensorType& x = *operands[0];
  if (!has_plain_elements(x.dtype)) return fail_constraint("C1", "x is ", name_of(x.dtype));
  if (const OperandType* value = operands[2]) {
    const Dim elements = value->shape.empty() ? Dim(1) : product(value->shape);
    if (value->dtype != x.dtype || !may_equal(elements, Dim(1))) {
      return fail_constraint("C5", "the value is ", to_text(*value, {}));
    }
  }
  HONE_TRY(const auto pads, find_pads(attrs, operands));
  if (!pads) return known_when_run();
  Shape shape;
  for (size_t i = 0; i < x.shape.size(); ++i) {
    HONE_TRY(const Dim dim, padded(x.shape[i], (*pads)[i], attrs.mode));
    shape.push_back(dim);
  }
  return std::vector<TensorType>{{x.dtype, std::move(shape)}};
}

Cost cost(const PadAttrs&, BoundTypes operands, BoundTypes results) {
  return elementwise_cost(0, operands, results);
}

}  // namespace

Expected<std::optional<std::vector<AxisPad>>> find_pads(const PadAttrs& attrs,
                                                        OperandTypes operands) {
  using Pads = std::optional<std::vector<AxisPad>>;
  if (!is_list_of_ints(operands[1]) || !is_list_of_ints(operands[3])) {
    return fail_constraint("C2", "a list is no integers");
  }
  const auto sizes = given_ints(attrs.pads, operands[1]);
  auto axes = given_ints(attrs.axes, operands[3]);
  if (!sizes || !axes) return Pads();
  const size_t rank = operands[0]->shape.size();
  if (axes->empty() && !(operands[3] != nullptr && sizes->empty())) {
    for (size_t i = 0; i < rank; ++i) axes->push_back(static_cast<int64_t>(i));
  }
  if (attrs.centered && !is_static(operands[0]->shape)) return Pads();
  if (sizes->size() != axes->size() * (attrs.centered ? 1 : 2)) {
    return fail_constraint("C2", sizes->size(), " pads for ", axes->size(), " axes");
  }
  std::vector<AxisPad> pads(rank);
  std::vector<bool> named(rank, false);
  for (size_t i = 0; i < axes->size(); ++i) {
    const auto axis = find_axis((*axes)[i], rank);
    if (!axis || named[*axis]) return fail_constraint("C3", "axis ", (*axes)[i], " of ", rank);
    named[*axis] = true;
    if (attrs.centered) {
      HONE_TRY(pads[*axis], centered(operands[0]->shape[*axis], (*sizes)[i]));
    } else {
      pads[*axis] = {(*sizes)[i], (*sizes)[i + axes->size()]};
    }
  }
  return Pads(std::move(pads));
}

int64_t padded_from(PadMode mode, int64_t at, int64_t size) {
  if (at >= 0 && at < size) return at;
  const auto modulo = [](int64_t a, int64_t b) { return (a % b + b) % b; };
  switch (mode) {
    case PadMode::constant:
      return -1;
    case PadMode::edge:
      return at < 0 ? 0 : size - 1;
    case PadMode::wrap:
      return modulo(at, size);
    case PadMode::mirror: {
      const int64_t twice = modulo(at, 2 * size);
      return twice < size ? twice : 2 * size - 1 - twice;
    }
    case PadMode::reflect:
      break;
  }
  if (size == 1) return 0;
  const int64_t there_and_back = modulo(at, 2 * size - 2);
  return there_and_back < size ? there_and_back : 2 * size - 2 - there_and_back;
}

const OpDef& pad_op() {
  using T = Typed<PadAttrs, infer, cost>;
  static const OpDef kDef{.name = "pad",
                          .summary = "elements put before and after each axis (ONNX Pad)",
                          .operands = kOperands,
                          .results = kResults,
                          .constraints = kConstraints,
                          .default_attrs = T::default_attrs,
                          .infer = T::infer,
                          .cost = T::cost,
                          .value_operands = 0b1010};
  return kDef;
}

}  // namespace hone
