#include "ops/expand/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  HostTensor& y = args.results[0];
  for_each_index(y.shape, [&](const Index& index) {
    y.data[place_of(y, index)] = broadcast_at(*args.operands[0], index);
  });
}

std::vector<OpCase> cases() {
  return {
      {"scalar", ExpandAttrs{{5, 17}}, {floats({})}},
      {"rows", ExpandAttrs{{5, 17}}, {floats({17})}},
      {"columns", ExpandAttrs{{5, 17}}, {floats({5, 1})}},
      {"heads", ExpandAttrs{{2, 3, 4, 5, 16}}, {floats({2, 3, 1, 5, 16})}},
      {"ones_in_shape", ExpandAttrs{{1, 1}}, {floats({3, 5})}},
      {"outer", ExpandAttrs{{3, 1}}, {floats({1, 40})}},
      {"long", ExpandAttrs{{40000}}, {floats({1})}},
      {"bytes", ExpandAttrs{{5, 17}}, {typed(DType::boolean, {5, 1})}},
      {"operand",
       ExpandAttrs{},
       {floats({3, 1}), {.dtype = DType::i64, .shape = {2}, .fill = Fill::position, .limit = 3}}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", ExpandAttrs{{3, 32}}, {blocks(DType::q8_0, {1, 32})}},
          {"C2", ExpandAttrs{{-1}}, {floats({1})}},
          {"C2", ExpandAttrs{{1, 1, 1, 1, 1, 1, 1, 1, 1}}, {floats({1})}},
          {"C2", ExpandAttrs{}, {floats({1}), floats({2})}},
          {"C3", ExpandAttrs{{4}}, {floats({3})}}};
}

}  // namespace

const OpSemantics& expand_semantics() {
  static const OpSemantics kSemantics{&expand_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
