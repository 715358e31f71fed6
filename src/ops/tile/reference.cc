#include "ops/tile/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  for_each_index(y.shape, [&](const Index& index) {
    Index source = index;
    for (size_t i = 0; i < source.size(); ++i) source[i] %= x.shape[i];
    y.data[place_of(y, index)] = x.data[place_of(x, source)];
  });
}

std::vector<OpCase> cases() {
  const CaseOperand from_two{.dtype = DType::i64, .shape = {2}, .fill = Fill::position, .limit = 2};
  return {{"rows", TileAttrs{{3, 1}}, {floats({4, 17})}},
          {"columns", TileAttrs{{1, 3}}, {floats({4, 17})}},
          {"both", TileAttrs{{2, 3, 2}}, {floats({2, 3, 5})}},
          {"ones", TileAttrs{{4, 40}}, {floats({1, 1})}},
          {"once", TileAttrs{{1, 1}}, {floats({4, 17})}},
          {"operand", TileAttrs{}, {floats({4, 5}), from_two}},
          {"bytes", TileAttrs{{2, 2}}, {typed(DType::u8, {3, 2})}},
          {"scalar", TileAttrs{}, {floats({})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", TileAttrs{{1, 1}}, {blocks(DType::q8_0, {3, 32})}},
          {"C2", TileAttrs{{1}}, {floats({3, 2})}},
          {"C2", TileAttrs{{1, -1}}, {floats({3, 2})}},
          {"C2", TileAttrs{}, {floats({3, 2}), floats({2})}}};
}

}  // namespace

const OpSemantics& tile_semantics() {
  static const OpSemantics kSemantics{&tile_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
