#include "ops/trilu/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor& x = *args.operands[0];
  const bool upper = args.attrs.as<TriluAttrs>().upper;
  const double k = args.operands[1] == nullptr ? 0 : args.operands[1]->data[0];
  for_each_index(x.shape, [&](const Index& index) {
    const auto row = static_cast<double>(index[index.size() - 2]);
    const auto column = static_cast<double>(index.back());
    const bool keep = upper ? column - row >= k : column - row <= k;
    args.results[0].data[place_of(x, index)] = keep ? x.data[place_of(x, index)] : 0;
  });
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const bool upper : {true, false}) {
    const std::string name = upper ? "upper" : "lower";
    const TriluAttrs attrs{upper};
    all.push_back({name, attrs, {floats({2, 5, 7})}});
    for (const int64_t k : {-9, -2, 3, 9}) {
      const CaseOperand shift{.dtype = DType::i64, .shape = {}, .fill = Fill::position, .limit = k};
      all.push_back({cat(name, k), attrs, {floats({6, 4}), shift}});
    }
  }
  all.push_back({"bytes", TriluAttrs{}, {typed(DType::boolean, {5, 5})}});
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", TriluAttrs{}, {blocks(DType::q8_0, {3, 32})}},
          {"C1", TriluAttrs{}, {floats({3})}},
          {"C2", TriluAttrs{}, {floats({3, 2}), floats({})}},
          {"C2", TriluAttrs{}, {floats({3, 2}), typed(DType::i64, {2})}}};
}

}  // namespace

const OpSemantics& trilu_semantics() {
  static const OpSemantics kSemantics{&trilu_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
