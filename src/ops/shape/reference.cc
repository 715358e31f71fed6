#include "ops/shape/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<ShapeAttrs>();
  const std::vector<int64_t>& shape = args.operands[0]->shape;
  std::vector<double>& sizes = args.results[0].data;
  if (attrs.count) {
    sizes[0] = static_cast<double>(args.operands[0]->data.size());
    return;
  }
  const auto [first, last] = range_of(attrs, static_cast<int64_t>(shape.size()));
  for (int64_t i = first; i < last; ++i) {
    sizes[static_cast<size_t>(i - first)] = static_cast<double>(shape[static_cast<size_t>(i)]);
  }
}

std::vector<OpCase> cases() {
  return {{"all", ShapeAttrs{}, {floats({5, 3, 12})}},
          {"part", ShapeAttrs{.start = -2, .end = -1}, {floats({5, 3, 12})}},
          {"none", ShapeAttrs{.start = 2, .end = 1}, {floats({5, 3, 12})}},
          {"count", ShapeAttrs{.count = true}, {floats({5, 3, 12})}}};
}

}  // namespace

const OpSemantics& shape_semantics() {
  static const OpSemantics kSemantics{&shape_op(), reference, cases};
  return kSemantics;
}

}  // namespace hone
