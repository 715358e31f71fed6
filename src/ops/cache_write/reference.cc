#include "ops/cache_write/op.h"

#include <algorithm>

#include "ops/list.h"
#include "reference/case_operands.h"
#include "tensor/float.h"

namespace hone {
namespace {

using namespace ir;

// The result starts as a copy of the cache.
void reference(const ReferenceArgs& args) {
  const HostTensor &rows = *args.operands[1], &position = *args.operands[2],
                   &sequence = *args.operands[3];
  const size_t record = rows.data.size() / position.data.size();
  for (size_t i = 0; i < position.data.size(); ++i) {
    std::vector<double> halves(record);
    for (size_t j = 0; j < record; ++j) {
      const auto value =
          static_cast<float>(std::clamp(rows.data[i * record + j], -65504.0, 65504.0));
      halves[j] = static_cast<double>(f16_to_f32(f32_to_f16(value)));
    }
    const auto key =
        std::pair{static_cast<int64_t>(sequence.data[i]), static_cast<int64_t>(position.data[i])};
    args.results[0].records[key] = std::move(halves);
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const CachePart part : {CachePart::key, CachePart::value}) {
    all.push_back({std::string(kCachePartNames[static_cast<size_t>(part)]),
                   CacheWriteAttrs{part},
                   {state({2, 16}, 60), floats({10, 2, 16}), positions(10, 60), sequences(10)}});
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  const CaseOperand cache = state({2, 16}, 0), rows = floats({3, 2, 16}), i = positions(3, 0);
  const CacheWriteAttrs attrs;
  return {{"C1", attrs, {floats({2, 16}), rows, i, i}},
          {"C1", attrs, {state({2, 4, 16}, 0), rows, i, i}},
          {"C2", attrs, {cache, floats({3, 32}), i, i}},
          {"C2", attrs, {cache, floats({3, 4, 16}), i, i}},
          {"C2", attrs, {cache, floats({3, 2, 8}), i, i}},
          {"C3", attrs, {cache, rows, positions(4, 0), i}},
          {"C3", attrs, {cache, rows, i, floats({3})}}};
}

}  // namespace

const OpSemantics& cache_write_semantics() {
  static const OpSemantics kSemantics{&cache_write_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
