#include "ops/rope_table/op.h"

#include <cmath>

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<RopeTableAttrs>();
  const HostTensor &position = *args.operands[0], *factors = args.operands[1];
  HostTensor& table = args.results[0];
  for (int64_t row = 0; row < table.rows(); ++row) {
    for (int64_t pair = 0; pair < attrs.rotary_dim / 2; ++pair) {
      const double factor = factors == nullptr ? 1 : factors->data[static_cast<size_t>(pair)];
      const double angle = rope_angle(attrs, pair, position.data[static_cast<size_t>(row)], factor);
      table.at(row, 2 * pair) = std::cos(angle) * static_cast<double>(attrs.magnitude);
      table.at(row, 2 * pair + 1) = std::sin(angle) * static_cast<double>(attrs.magnitude);
    }
  }
}

std::vector<OpCase> cases() {
  return {
      {"plain", RopeTableAttrs{.rotary_dim = 64}, {positions(9, 0)}},
      {"far", RopeTableAttrs{.rotary_dim = 32, .base = 1e6f}, {positions(3, 100000)}},
      {"linear", RopeTableAttrs{.rotary_dim = 16, .position_scale = 0.125f}, {positions(5, 70)}},
      {"factors", RopeTableAttrs{.rotary_dim = 16}, {positions(5, 7), positive({8})}},
      {"yarn",
       RopeTableAttrs{.rotary_dim = 64,
                      .position_scale = 0.25f,
                      .yarn_factor = 1.0f,
                      .original_context = 4096,
                      .magnitude = 1.1f},
       {positions(4, 5000)}},
  };
}

std::vector<BadCase> bad_cases() {
  const RopeTableAttrs attrs{.rotary_dim = 16};
  return {{"C1", attrs, {floats({3})}},
          {"C1", attrs, {typed(DType::i32, {3, 1})}},
          {"C2", RopeTableAttrs{.rotary_dim = 0}, {positions(3, 0)}},
          {"C2", RopeTableAttrs{.rotary_dim = 7}, {positions(3, 0)}},
          {"C3", attrs, {positions(3, 0), floats({16})}},
          {"C3", attrs, {positions(3, 0), typed(DType::f16, {8})}}};
}

}  // namespace

const OpSemantics& rope_table_semantics() {
  static const OpSemantics kSemantics{&rope_table_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
