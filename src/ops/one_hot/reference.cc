#include "ops/one_hot/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = OneHotAttrs;

void reference(const ReferenceArgs& args) {
  const HostTensor &index = *args.operands[0], &values = *args.operands[2];
  HostTensor& y = args.results[0];
  const size_t axis = find_axis(args.attrs.as<Of>().axis, y.shape.size()).value();
  for_each_index(y.shape, [&](const Index& at) {
    Index source = at;
    source.erase(source.begin() + static_cast<std::ptrdiff_t>(axis));
    const double given = index.data[place_of(index, source)];
    const auto depth = static_cast<double>(y.shape[axis]);
    const bool inside = given >= -depth && given < depth;  // not of NaN
    auto points = inside ? static_cast<int64_t>(given) : int64_t{-1} - y.shape[axis];
    if (points < 0) points += y.shape[axis];
    y.data[place_of(y, at)] = values.data[points == at[axis] ? 1 : 0];
  });
}

std::vector<OpCase> cases() {
  const CaseOperand depth{.dtype = DType::i64, .shape = {}, .fill = Fill::position, .limit = 9};
  const auto index = [](DType dtype, std::vector<int64_t> shape, int64_t limit) {
    return CaseOperand{
        .dtype = dtype, .shape = std::move(shape), .fill = Fill::index, .limit = limit};
  };
  const CaseOperand around{
      .dtype = DType::i64, .shape = {30}, .fill = Fill::position, .limit = -15};
  return {{"last", Of{-1}, {index(DType::i64, {2, 5}, 9), depth, floats({2})}},
          {"first", Of{0}, {index(DType::i32, {2, 5}, 9), depth, floats({2})}},
          {"middle", Of{1}, {index(DType::f32, {2, 5}, 9), depth, typed(DType::i64, {2})}},
          {"outside", Of{-1}, {around, depth, floats({2})}},
          {"scalar", Of{0}, {index(DType::u8, {}, 9), depth, typed(DType::u8, {2})}}};
}

std::vector<BadCase> bad_cases() {
  const auto depth = [](int64_t value) {
    return CaseOperand{.dtype = DType::i64, .shape = {}, .fill = Fill::position, .limit = value};
  };
  const CaseOperand index = typed(DType::i64, {2});
  return {{"C1", Of{}, {typed(DType::boolean, {2}), depth(3), floats({2})}},
          {"C2", Of{}, {index, typed(DType::i64, {1, 1}), floats({2})}},
          {"C2", Of{}, {index, depth(-1), floats({2})}},
          {"C3", Of{}, {index, depth(3), floats({3})}},
          {"C4", Of{2}, {index, depth(3), floats({2})}}};
}

}  // namespace

const OpSemantics& one_hot_semantics() {
  static const OpSemantics kSemantics{&one_hot_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
