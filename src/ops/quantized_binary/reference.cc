#include "ops/quantized_binary/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;
using Kind = QuantizedBinaryAttrs::Kind;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<QuantizedBinaryAttrs>();
  HostTensor& y = args.results[0];
  const BinaryScales scales(attrs);
  size_t i = 0;
  for_each_index(y.shape, [&](const Index& at) {
    const auto a =
        static_cast<float>(broadcast_at(*args.operands[0], at) - static_cast<double>(attrs.a_zero));
    const auto b =
        static_cast<float>(broadcast_at(*args.operands[1], at) - static_cast<double>(attrs.b_zero));
    if (attrs.fixed_point) {
      y.data[i++] = attrs.y.code_of(
          fixed_result(attrs.kind, scales, static_cast<int32_t>(a), static_cast<int32_t>(b)));
      return;
    }
    float units = 0;
    if (attrs.kind == Kind::mul) {
      units = a * b * scales.a;
    } else {
      const float left = a * scales.a, right = b * scales.b;
      units = attrs.kind == Kind::add ? left + right : left - right;
    }
    y.data[i++] = attrs.y.code_of(units);
  });
}

std::vector<OpCase> cases() {
  const auto codes = [](DType dtype, std::vector<int64_t> shape) {
    return CaseOperand{.dtype = dtype,
                       .shape = std::move(shape),
                       .fill = Fill::index,
                       .limit = dtype == DType::u8 ? 256 : 128};
  };
  const auto i8 = [&](std::vector<int64_t> shape) { return codes(DType::i8, std::move(shape)); };
  const auto u8 = [&](std::vector<int64_t> shape) { return codes(DType::u8, std::move(shape)); };
  const QuantizedBinaryAttrs add{.kind = Kind::add,
                                 .a_zero = 70,
                                 .b_zero = 40,
                                 .a_scale = 0.7f,
                                 .b_scale = 1.3f,
                                 .y = {.zero = -3, .low = -100, .high = 90}};
  QuantizedBinaryAttrs sub = add, mul = add, halves = add;
  sub.kind = Kind::sub;
  sub.y = {.to = "u8", .zero = 99, .low = 1, .high = 254};
  mul.kind = Kind::mul;
  mul.a_scale = 0.03f;
  mul.b_scale = 0.9f;
  halves.a_scale = halves.b_scale = 0.5f;
  std::vector<OpCase> all{{"one", add, {i8({}), i8({1})}, 0},
                          {"same", add, {i8({3, 5, 33}), u8({3, 5, 33})}, 0},
                          {"ties", halves, {i8({70}), i8({70})}, 0},
                          {"difference", sub, {u8({70}), i8({70})}, 0},
                          {"product", mul, {i8({4, 37}), i8({4, 37})}, 0},
                          {"unsigned_product", mul, {u8({4, 37}), u8({4, 37})}, 0},
                          {"by_channel", mul, {i8({2, 3, 4, 19}), u8({2, 1, 1, 19})}, 0},
                          {"by_row", add, {u8({5, 17}), i8({5, 1})}, 0},
                          {"number_first", sub, {i8({}), i8({5, 17})}, 0}};
  for (size_t i = all.size(); i-- > 0;) {
    OpCase fixed = all[i];
    fixed.name += "_fixed";
    auto attrs = fixed.attrs.as<QuantizedBinaryAttrs>();
    attrs.fixed_point = true;
    fixed.attrs = attrs;
    all.push_back(fixed);
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  const auto i8 = typed(DType::i8, {4});
  const QuantizedBinaryAttrs fine;
  return {{"C1", fine, {floats({4}), i8}},
          {"C1", fine, {i8, typed(DType::i32, {4})}},
          {"C1", QuantizedBinaryAttrs{.a_zero = 200}, {i8, i8}},
          {"C1", QuantizedBinaryAttrs{.b_zero = -129}, {i8, i8}},
          {"C2", fine, {i8, typed(DType::i8, {3})}},
          {"C3", QuantizedBinaryAttrs{.y = {.to = "f32"}}, {i8, i8}}};
}

}  // namespace

const OpSemantics& quantized_binary_semantics() {
  static const OpSemantics kSemantics{&quantized_binary_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
