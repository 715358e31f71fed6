#include "ops/max_unpool/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor &x = *args.operands[0], &indices = *args.operands[1];
  HostTensor& y = args.results[0];
  const auto from = unpooled_shape(args.attrs.as<MaxUnpoolAttrs>(), x.shape);
  for (size_t i = 0; i < x.data.size(); ++i) {
    const int64_t at = moved_index(static_cast<int64_t>(indices.data[i]), from, y.shape);
    if (at >= 0) y.data[static_cast<size_t>(at)] = x.data[i];
  }
}

CaseOperand places(std::vector<int64_t> shape, int64_t first) {
  return {.dtype = DType::i64, .shape = std::move(shape), .fill = Fill::position, .limit = first};
}

std::vector<OpCase> cases() {
  const MaxUnpoolAttrs two{.kernel = {2, 2}, .window = {.strides = {2, 2}}};
  return {{"plain", two, {floats({1, 2, 3, 4}), places({1, 2, 3, 4}, 5)}},
          {"beyond", two, {floats({1, 2, 3, 4}), places({1, 2, 3, 4}, 90)}},
          {"before", two, {floats({1, 2, 3, 4}), places({1, 2, 3, 4}, -9)}},
          {"shaped",
           MaxUnpoolAttrs{.kernel = {2}},
           {typed(DType::i32, {1, 1, 4}), places({1, 1, 4}, 2), places({3}, 3)}}};
}

std::vector<BadCase> bad_cases() {
  const MaxUnpoolAttrs two{.kernel = {2, 2}, .window = {}};
  const auto x = floats({1, 2, 3, 4}), at = places({1, 2, 3, 4}, 0);
  return {{"C1", two, {typed(DType::boolean, {1, 2, 3, 4}), at}},
          {"C2", two, {x, floats({1, 2, 3, 4})}},
          {"C2", two, {x, places({1, 2, 3, 5}, 0)}},
          {"C3", MaxUnpoolAttrs{.kernel = {2}, .window = {}}, {x, at}},
          {"C3", two, {floats({2, 2}), places({2, 2}, 0)}},
          {"C4", two, {x, at, places({3}, 1)}},
          {"C4", two, {x, at, places({4}, -2)}}};
}

}  // namespace

const OpSemantics& max_unpool_semantics() {
  static const OpSemantics kSemantics{&max_unpool_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
