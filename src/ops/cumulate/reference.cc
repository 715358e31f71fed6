#include "ops/cumulate/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Of = CumulateAttrs;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<Of>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const size_t axis = find_axis(ints_of(args.operands[1], {attrs.axis})[0], x.shape.size()).value();
  for_each_index(x.shape, [&](const Index& at) {
    double total = attrs.product ? 1 : 0;
    const int64_t size = x.shape[axis];
    for (int64_t i = 0; i < size; ++i) {
      Index source = at;
      source[axis] = attrs.reverse ? size - 1 - i : i;
      if (attrs.exclusive && source[axis] == at[axis]) break;
      const double value = x.data[place_of(x, source)];
      total = attrs.product ? total * value : total + value;
      if (source[axis] == at[axis]) break;
    }
    y.data[place_of(y, at)] = total;
  });
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const bool product : {false, true}) {
    for (const bool exclusive : {false, true}) {
      for (const bool reverse : {false, true}) {
        const std::string name = cat(product ? "product" : "sum", exclusive ? "_exclusive" : "",
                                     reverse ? "_reverse" : "");
        const auto of = [&](int64_t axis) { return Of{product, exclusive, reverse, axis}; };
        all.push_back({name + "_rows", of(0), {floats({5, 19})}, 64});
        all.push_back({name + "_columns", of(-1), {floats({3, 9})}, 64});
      }
    }
  }
  const CaseOperand axis{.dtype = DType::i32, .shape = {}, .fill = Fill::position, .limit = 1};
  all.push_back({"operand", Of{}, {floats({2, 7, 3}), axis}});
  all.push_back({"ints", Of{}, {typed(DType::i32, {9})}});
  all.push_back({"wide", Of{}, {typed(DType::f64, {9})}});
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", Of{}, {typed(DType::boolean, {3})}},
          {"C2", Of{.axis = 1}, {floats({3})}},
          {"C2", Of{}, {floats({})}},
          {"C2", Of{}, {floats({3}), floats({})}},
          {"C2", Of{}, {floats({3}), typed(DType::i64, {2})}}};
}

}  // namespace

const OpSemantics& cumulate_semantics() {
  static const OpSemantics kSemantics{&cumulate_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
