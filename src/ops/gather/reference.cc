#include "ops/gather/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const HostTensor &table = *args.operands[0], &index = *args.operands[1];
  HostTensor& rows = args.results[0];
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const auto row = static_cast<int64_t>(index.data[static_cast<size_t>(i)]);
    for (int64_t c = 0; c < rows.back(); ++c) rows.at(i, c) = table.at(row, c);
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const DType dtype : {DType::f32, DType::f16, DType::q8_0, DType::q4_1, DType::q6_k}) {
    const int64_t columns = info(dtype).block_elements * (is_block_quantized(dtype) ? 2 : 33);
    all.push_back({std::string(name_of(dtype)),
                   GatherAttrs{},
                   {blocks(dtype, {20, columns}), indices(19, 20)}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", GatherAttrs{}, {floats({4}), indices(2, 4)}},
          {"C1", GatherAttrs{}, {floats({4, 2, 2}), indices(2, 4)}},
          {"C2", GatherAttrs{}, {floats({4, 2}), floats({2})}},
          {"C2", GatherAttrs{}, {floats({4, 2}), typed(DType::i32, {2, 1})}}};
}

}  // namespace

const OpSemantics& gather_semantics() {
  static const OpSemantics kSemantics{&gather_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
