#include "ops/mel_weights/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto number = [&](size_t i) { return args.operands[i]->data[0]; };
  const MelBank bank{.bands = static_cast<int64_t>(number(0)),
                     .length = static_cast<int64_t>(number(1)),
                     .rate = number(2),
                     .low = number(3),
                     .high = number(4)};
  HostTensor& y = args.results[0];
  for (size_t i = 0; i < y.data.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    y.data[i] = mel_band(bank, at % bank.bands).weight(at / bank.bands);
  }
}

CaseOperand number(int64_t value, DType dtype = DType::i64) {
  return {.dtype = dtype, .shape = {}, .fill = Fill::position, .limit = value};
}
CaseOperand hertz(int64_t value) { return number(value, DType::f32); }

std::vector<OpCase> cases() {
  const std::vector<CaseOperand> small = {number(8), number(16), number(8192), hertz(0),
                                          hertz(4096)};
  return {
      {"small", MelWeightsAttrs{}, small},
      {"wide", MelWeightsAttrs{.to = "f64"}, small},
      {"speech",
       MelWeightsAttrs{},
       {number(40), number(512, DType::i32), number(16000), hertz(20), hertz(7600)}},
      {"above_the_spectrum",
       MelWeightsAttrs{},
       {number(17), number(33), number(8000), hertz(100), hertz(20000)}},
      {"backwards",
       MelWeightsAttrs{},
       {number(3), number(32), number(8000), hertz(4000), hertz(100)}},
      {"no_rate", MelWeightsAttrs{}, {number(3), number(32), number(0), hertz(-800), hertz(100)}}};
}

std::vector<BadCase> bad_cases() {
  const auto of = [](CaseOperand bands, CaseOperand low) {
    return std::vector{bands, number(32), number(8000), low, hertz(4000)};
  };
  return {{"C1", MelWeightsAttrs{}, of(hertz(3), hertz(0))},
          {"C1", MelWeightsAttrs{}, of(number(-1), hertz(0))},
          {"C1", MelWeightsAttrs{}, of(number(INT64_MAX), hertz(0))},
          {"C2", MelWeightsAttrs{}, of(number(3), number(0))},
          {"C2", MelWeightsAttrs{}, of(number(3), floats({2}))},
          {"C3", MelWeightsAttrs{.to = "boolean"}, of(number(3), hertz(0))}};
}

}  // namespace

const OpSemantics& mel_weights_semantics() {
  static const OpSemantics kSemantics{&mel_weights_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
