#include "ops/transpose/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const auto order = order_of(args.attrs.as<TransposeAttrs>(), x.shape.size());
  for_each_index(y.shape, [&](const Index& index) {
    Index source(index.size());
    for (size_t i = 0; i < index.size(); ++i) source[order[i]] = index[i];
    y.data[place_of(y, index)] = x.data[place_of(x, source)];
  });
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all{
      {"matrix", TransposeAttrs{}, {floats({53, 37})}},
      {"square", TransposeAttrs{}, {floats({64, 64})}},
      {"long_rows", TransposeAttrs{}, {floats({19, 1100})}},
      {"heads", TransposeAttrs{{0, 2, 1, 3}}, {floats({2, 5, 3, 16})}},
      {"keys", TransposeAttrs{{0, 2, 3, 1}}, {floats({2, 17, 3, 33})}},
      {"to_channels_last", TransposeAttrs{{0, 2, 3, 1}}, {floats({2, 3, 9, 7})}},
      {"to_channels_first", TransposeAttrs{{0, -1, 1, 2}}, {floats({2, 9, 7, 3})}},
      {"pairs", TransposeAttrs{{1, 0, 2}}, {floats({9, 5, 2})}},
      {"fours", TransposeAttrs{{1, 0, 2}}, {floats({9, 5, 4})}},
      {"no_change", TransposeAttrs{{0, 1}}, {floats({9, 5})}},
      {"ones", TransposeAttrs{{2, 0, 1}}, {floats({1, 5, 1})}},
      {"five_axes", TransposeAttrs{{4, 2, 0, 3, 1}}, {floats({2, 3, 4, 5, 6})}},
      {"scalar", TransposeAttrs{}, {floats({})}}};
  for (const DType dtype : {DType::u8, DType::i16, DType::f64, DType::i64, DType::boolean}) {
    all.push_back({std::string(name_of(dtype)), TransposeAttrs{}, {typed(dtype, {35, 50})}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", TransposeAttrs{}, {blocks(DType::q8_0, {3, 32})}},
          {"C2", TransposeAttrs{{0}}, {floats({3, 2})}},
          {"C2", TransposeAttrs{{0, 0}}, {floats({3, 2})}},
          {"C2", TransposeAttrs{{0, 2}}, {floats({3, 2})}}};
}

}  // namespace

const OpSemantics& transpose_semantics() {
  static const OpSemantics kSemantics{&transpose_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
