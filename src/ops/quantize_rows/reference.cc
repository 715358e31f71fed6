#include <algorithm>
#include <cmath>

#include "ops/list.h"
#include "ops/quantize_rows/op.h"
#include "ops/quantize_rows/reference.h"
#include "reference/case_operands.h"

namespace hone {

using namespace ir;

void quantize_rows_reference(HostTensor& rows) {
  constexpr size_t kBlock = 32;
  for (size_t base = 0; base + kBlock <= rows.data.size(); base += kBlock) {
    double peak = 0;
    bool finite = true;
    for (size_t i = base; i < base + kBlock; ++i) {
      peak = std::max(peak, std::fabs(rows.data[i]));
      finite = finite && std::isfinite(rows.data[i]);
    }
    if (!finite) {  // no code stands for these: the whole block shows the fault
      std::fill_n(rows.data.begin() + static_cast<ptrdiff_t>(base), kBlock, std::nan(""));
      continue;
    }
    // Rounded to float as the kernels hold them: a code must not flip by the oracle's extra digits.
    const float scale = static_cast<float>(peak) / 127.0f;
    const float inverse = peak > 1e-30 ? 127.0f / static_cast<float>(peak) : 0.0f;
    for (size_t i = base; i < base + kBlock; ++i) {
      const float code = std::nearbyint(static_cast<float>(rows.data[i]) * inverse);
      rows.data[i] = static_cast<double>(code) * static_cast<double>(scale);
    }
  }
}

namespace {

void reference(const ReferenceArgs& args) {
  args.results[0].data = args.operands[0]->data;
  quantize_rows_reference(args.results[0]);
}

std::vector<OpCase> cases() {
  return {{"one_block", QuantizeRowsAttrs{}, {floats({1, 32})}},
          {"rows", QuantizeRowsAttrs{}, {floats({5, 96})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", QuantizeRowsAttrs{}, {typed(DType::f16, {32})}},
          {"C1", QuantizeRowsAttrs{}, {floats({})}},
          {"C2", QuantizeRowsAttrs{}, {floats({2, 33})}}};
}

}  // namespace

const OpSemantics& quantize_rows_semantics() {
  static const OpSemantics kSemantics{&quantize_rows_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
