#include "ops/reshape/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) { args.results[0].data = args.operands[0]->data; }

using To = ReshapeAttrs::To;

std::vector<OpCase> cases() {
  return {{"split", ReshapeAttrs{{-1, 3, 4}}, {floats({5, 12})}},
          {"flat", ReshapeAttrs{{60}}, {floats({5, 12})}},
          {"keep_first", ReshapeAttrs{{0, 4, -1}}, {floats({5, 12})}},
          {"flatten", ReshapeAttrs{.shape = {}, .to = To::flatten, .axis = 2}, {floats({5, 3, 4})}},
          {"squeeze", ReshapeAttrs{{1, -1}, To::squeeze}, {floats({5, 1, 4, 1})}},
          {"squeeze_all", ReshapeAttrs{{}, To::squeeze}, {floats({1, 5, 1})}},
          {"unsqueeze", ReshapeAttrs{{0, -1}, To::unsqueeze}, {floats({5, 4})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", ReshapeAttrs{{4, 4}}, {floats({5, 12})}},
          {"C1", ReshapeAttrs{{-1, 7}}, {floats({5, 12})}},
          {"C1", ReshapeAttrs{{-1, 0}, To::shape, 1, true}, {floats({5, 12})}},
          {"C2", ReshapeAttrs{{-1, -1}}, {floats({5, 12})}},
          {"C2", ReshapeAttrs{{-2, 12}}, {floats({5, 12})}},
          {"C2", ReshapeAttrs{{5, 12, 0}}, {floats({5, 12})}},
          {"C3", ReshapeAttrs{{0}, To::squeeze}, {floats({5, 12})}},
          {"C3", ReshapeAttrs{{3}, To::unsqueeze}, {floats({5})}},
          {"C3", ReshapeAttrs{{0, 0}, To::unsqueeze}, {floats({5})}},
          {"C3", ReshapeAttrs{{}, To::flatten, 3}, {floats({5, 12})}},
          {"C4", ReshapeAttrs{}, {floats({5, 12}), floats({2})}}};
}

}  // namespace

const OpSemantics& reshape_semantics() {
  static const OpSemantics kSemantics{&reshape_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
