#include "ops/quantized_map/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor &x = *args.operands[0], &table = *args.operands[1];
  HostTensor& y = args.results[0];
  for (size_t i = 0; i < y.data.size(); ++i) {
    y.data[i] = table.data[static_cast<uint8_t>(static_cast<int>(x.data[i]))];
  }
}

std::vector<OpCase> cases() {
  const auto codes = [](DType dtype, std::vector<int64_t> shape) {
    return CaseOperand{.dtype = dtype,
                       .shape = std::move(shape),
                       .fill = Fill::index,
                       .limit = dtype == DType::u8 ? 256 : 128};
  };
  const auto i8 = typed(DType::i8, {256});
  return {{"one", NoAttrs{}, {codes(DType::u8, {1}), i8}, 0},
          {"unsigned", NoAttrs{}, {codes(DType::u8, {3, 7, 33}), i8}, 0},
          {"to_unsigned", NoAttrs{}, {codes(DType::i8, {70}), codes(DType::u8, {256})}, 0},
          {"around_zero", NoAttrs{}, {typed(DType::i8, {4, 70}), i8}, 0}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", NoAttrs{}, {floats({4}), typed(DType::i8, {256})}},
          {"C2", NoAttrs{}, {typed(DType::i8, {4}), typed(DType::i8, {255})}},
          {"C2", NoAttrs{}, {typed(DType::i8, {4}), floats({256})}}};
}

}  // namespace

const OpSemantics& quantized_map_semantics() {
  static const OpSemantics kSemantics{&quantized_map_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
