#include "ops/taper/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  HostTensor& y = args.results[0];
  const auto size = static_cast<int64_t>(y.data.size());
  for (int64_t i = 0; i < size; ++i) {
    y.data[static_cast<size_t>(i)] = taper_at(args.attrs.as<TaperAttrs>(), i, size);
  }
}

CaseOperand number(int64_t value) {
  return {.dtype = DType::i64, .shape = {}, .fill = Fill::position, .limit = value};
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const auto kind :
       {TaperAttrs::Kind::hann, TaperAttrs::Kind::hamming, TaperAttrs::Kind::blackman}) {
    const std::string_view name = kTaperKindNames[static_cast<size_t>(kind)];
    all.push_back({cat(name), TaperAttrs{.kind = kind}, {number(33)}});
    all.push_back({cat(name, "_symmetric"), TaperAttrs{kind, false}, {number(16)}});
    all.push_back({cat(name, "_one"), TaperAttrs{kind, false}, {number(1)}});
  }
  all.push_back({"wide", TaperAttrs{.to = "f64"}, {number(5)}});
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", TaperAttrs{}, {floats({})}},
          {"C1", TaperAttrs{}, {number(-1)}},
          {"C2", TaperAttrs{.to = "boolean"}, {number(4)}}};
}

}  // namespace

const OpSemantics& taper_semantics() {
  static const OpSemantics kSemantics{&taper_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
