#include "ops/rotary/op.h"

#include <algorithm>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

// Where the angles of a token stand.
int64_t angle_row(const ReferenceArgs& args, int64_t batch, int64_t token, int64_t sequence) {
  const HostTensor* positions = args.operands[3];
  if (positions == nullptr) return batch * sequence + token;
  const bool one = positions->shape.size() == 1;
  const auto at = static_cast<size_t>(one ? 0 : batch * sequence + token);
  const auto position = static_cast<int64_t>(positions->data[at]) + (one ? token : 0);
  return std::clamp(position, int64_t{0}, args.operands[1]->shape[0] - 1);
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<RotaryAttrs>();
  const HostTensor &x = *args.operands[0], &cos = *args.operands[1], &sin = *args.operands[2];
  HostTensor& y = args.results[0];
  const bool four = x.shape.size() == 4;
  const int64_t batch = x.shape[0], sequence = x.shape[x.shape.size() - 2];
  const int64_t heads = four ? x.shape[1] : attrs.heads;
  const int64_t size = four ? x.shape[3] : x.shape[2] / heads;
  const int64_t turned = attrs.turned == 0 ? size : attrs.turned, half = turned / 2;
  y.data = x.data;
  for (int64_t i = 0; i < batch * heads * sequence; ++i) {
    const int64_t b = i / (heads * sequence), h = i / sequence % heads, n = i % sequence;
    const int64_t row = four ? i : (b * sequence + n) * heads + h;
    const int64_t angles = angle_row(args, b, n, sequence);
    for (int64_t p = 0; p < half; ++p) {
      const int64_t first = attrs.interleaved ? 2 * p : p;
      const int64_t second = attrs.interleaved ? 2 * p + 1 : p + half;
      const auto a = static_cast<size_t>(row * size + first);
      const auto c = static_cast<size_t>(row * size + second);
      const auto angle = static_cast<size_t>(angles * half + p);
      y.data[a] = cos.data[angle] * x.data[a] - sin.data[angle] * x.data[c];
      y.data[c] = sin.data[angle] * x.data[a] + cos.data[angle] * x.data[c];
    }
  }
}

std::vector<OpCase> cases() {
  const auto x = floats({2, 3, 5, 24}), flat = floats({2, 5, 72});
  const auto angles = floats({2, 5, 12}), table = floats({50, 12});
  const CaseOperand positions{
      .dtype = DType::i64, .shape = {2, 5}, .fill = Fill::index, .limit = 60};
  const CaseOperand start{.dtype = DType::i64, .shape = {1}, .fill = Fill::index, .limit = 40};
  return {{"plain", RotaryAttrs{}, {x, angles, angles}},
          {"interleaved", RotaryAttrs{.interleaved = true}, {x, angles, angles}},
          {"three_axes", RotaryAttrs{.heads = 3}, {flat, angles, angles}},
          {"positions", RotaryAttrs{}, {x, table, table, positions}},
          {"start", RotaryAttrs{.heads = 3}, {flat, table, table, start}},
          {"part",
           RotaryAttrs{.heads = 3, .turned = 10},
           {flat, floats({50, 5}), floats({50, 5}), positions}},
          {"part_interleaved",
           RotaryAttrs{.turned = 10, .interleaved = true},
           {x, floats({2, 5, 5}), floats({2, 5, 5})}}};
}

std::vector<BadCase> bad_cases() {
  const auto x = floats({2, 3, 5, 24}), angles = floats({2, 5, 12});
  return {
      {"C1", RotaryAttrs{}, {typed(DType::f64, {2, 3, 5, 24}), angles, angles}},
      {"C1", RotaryAttrs{}, {x, floats({50, 12}), floats({50, 12}), indices(10, 5)}},
      {"C2", RotaryAttrs{}, {floats({2, 5, 72}), angles, angles}},
      {"C2", RotaryAttrs{.turned = 9}, {x, angles, angles}},
      {"C2", RotaryAttrs{.turned = 26}, {x, angles, angles}},
      {"C3", RotaryAttrs{}, {x, floats({2, 5, 11}), angles}},
      {"C3", RotaryAttrs{}, {x, angles, angles, typed(DType::i64, {2, 5})}},
      {"C3", RotaryAttrs{}, {x, floats({50, 12}), floats({50, 12}), typed(DType::i64, {5, 2})}}};
}

}  // namespace

const OpSemantics& rotary_semantics() {
  static const OpSemantics kSemantics{&rotary_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
