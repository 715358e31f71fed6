#include "ops/pad/op.h"

#include <cstdlib>

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

// Walks step by step to the element that stands at a place, for small pads.
int64_t walk_in(PadMode mode, int64_t at, int64_t size) {
  while (at < 0 || at >= size) {
    if (mode == PadMode::constant) return -1;
    if (mode == PadMode::edge) at = at < 0 ? 0 : size - 1;
    if (mode == PadMode::wrap) at += at < 0 ? size : -size;
    if (mode == PadMode::mirror) at = at < 0 ? -1 - at : 2 * size - 1 - at;
    if (mode == PadMode::reflect) at = size == 1 ? 0 : at < 0 ? -at : 2 * (size - 1) - at;
  }
  return at;
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<PadAttrs>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const double value = args.operands[2] == nullptr ? 0 : args.operands[2]->data[0];
  const auto pads = ints_of(args.operands[1], attrs.pads),
             axes = ints_of(args.operands[3], attrs.axes);
  std::vector<int64_t> before(x.shape.size(), 0);
  for (size_t i = 0; i < pads.size() / (attrs.centered ? 1 : 2); ++i) {
    const size_t axis = axes.empty() ? i : find_axis(axes[i], before.size()).value();
    before[axis] = attrs.centered ? (pads[i] - x.shape[axis]) / 2 : pads[i];
  }
  for_each_index(y.shape, [&](const Index& index) {
    Index source = index;
    bool inside = true;
    for (size_t i = 0; i < index.size(); ++i) {
      source[i] = walk_in(attrs.mode, index[i] - before[i], x.shape[i]);
      inside = inside && source[i] >= 0;
    }
    y.data[place_of(y, index)] = inside ? x.data[place_of(x, source)] : value;
  });
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const PadMode mode :
       {PadMode::constant, PadMode::reflect, PadMode::edge, PadMode::wrap, PadMode::mirror}) {
    const std::string name(kPadModeNames[static_cast<size_t>(mode)]);
    all.push_back(
        {name + "_image", PadAttrs{mode, {0, 0, 1, 2, 0, 0, 2, 1}, {}}, {floats({2, 3, 9, 7})}});
    all.push_back({name + "_far", PadAttrs{mode, {5, 7}, {}}, {floats({3})}});
    all.push_back({name + "_one", PadAttrs{mode, {2, 3}, {1}}, {floats({3, 1})}});
    all.push_back({name + "_crop", PadAttrs{mode, {-2, 3, 1, -4}, {}}, {floats({5, 9})}});
  }
  const CaseOperand pads{.dtype = DType::i64, .shape = {2}, .fill = Fill::position, .limit = 1};
  const CaseOperand axis{.dtype = DType::i32, .shape = {1}, .fill = Fill::position, .limit = 1};
  all.push_back({"operands", PadAttrs{}, {floats({3, 5}), pads, floats({}), axis}});
  all.push_back({"value",
                 PadAttrs{PadMode::constant, {1, 1}, {-1}},
                 {floats({3, 40}), absent(), floats({1})}});
  all.push_back({"nothing", PadAttrs{PadMode::constant, {0, 0}, {}}, {floats({300})}});
  all.push_back(
      {"centered", PadAttrs{PadMode::constant, {10, 4}, {-1, 0}, true}, {floats({9, 3})}});
  all.push_back({"centered_odd", PadAttrs{PadMode::constant, {4, 3}, {}, true}, {floats({7, 8})}});
  all.push_back({"scalar", PadAttrs{}, {floats({})}});
  all.push_back({"bytes", PadAttrs{PadMode::edge, {1, 1}, {1}}, {typed(DType::u8, {3, 5})}});
  all.push_back({"wide", PadAttrs{PadMode::reflect, {1, 1}, {1}}, {typed(DType::i64, {3, 5})}});
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto constant = [](std::vector<int64_t> pads, std::vector<int64_t> axes = {}) {
    return PadAttrs{PadMode::constant, std::move(pads), std::move(axes)};
  };
  return {{"C1", constant({0, 0, 0, 0}), {blocks(DType::q8_0, {3, 32})}},
          {"C2", constant({0, 0}), {floats({3, 2})}},
          {"C2", constant({}), {floats({3}), floats({2})}},
          {"C2", PadAttrs{PadMode::constant, {-1}, {}, true}, {floats({3})}},
          {"C3", constant({0, 0}, {1}), {floats({3})}},
          {"C3", constant({0, 0, 0, 0}, {0, 0}), {floats({3})}},
          {"C4", constant({-2, -2}), {floats({3})}},
          {"C4", constant({INT64_MAX, 0}), {floats({3})}},
          {"C5", constant({0, 0}), {floats({3}), absent(), floats({2})}},
          {"C5", constant({0, 0}), {floats({3}), absent(), typed(DType::i32, {})}}};
}

}  // namespace

const OpSemantics& pad_semantics() {
  static const OpSemantics kSemantics{&pad_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
