#include "ops/reshape/op.h"

#include "ir/case_operands.h"
#include "ops/list.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) { args.results[0].data = args.operands[0]->data; }

std::vector<OpCase> cases() {
  return {{"split", ReshapeAttrs{{-1, 3, 4}}, {floats({5, 12})}},
          {"flat", ReshapeAttrs{{60}}, {floats({5, 12})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", ReshapeAttrs{{4, 4}}, {floats({5, 12})}},
          {"C1", ReshapeAttrs{{-1, 5}}, {floats({5, 12})}},
          {"C2", ReshapeAttrs{{5, -1}}, {floats({5, 12})}},
          {"C2", ReshapeAttrs{{-2, 12}}, {floats({5, 12})}},
          {"C2", ReshapeAttrs{{-1}}, {floats({})}}};
}

}  // namespace

const OpSemantics& reshape_semantics() {
  static const OpSemantics kSemantics{&reshape_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
