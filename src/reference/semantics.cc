#include "reference/semantics.h"

namespace hone {

#define X(op) const ir::OpSemantics& op##_semantics();
#include "semantics_list.inc"
#undef X

}  // namespace hone

namespace hone::ir {

std::span<const OpSemantics* const> all_semantics() {
  static const OpSemantics* const kAll[] = {
#define X(op) &op##_semantics(),
#include "semantics_list.inc"
#undef X
  };
  return kAll;
}

const OpSemantics* find_semantics(const OpDef& op) {
  for (const OpSemantics* semantics : all_semantics()) {
    if (semantics->op == &op) return semantics;
  }
  return nullptr;
}

}  // namespace hone::ir
