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

}  // namespace

const OpSemantics& reshape_semantics() {
  static const OpSemantics kSemantics{&reshape_op(), reference, cases};
  return kSemantics;
}

}  // namespace hone
