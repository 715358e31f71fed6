#include "ops/affine_grid/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<AffineGridAttrs>();
  const HostTensor& theta = *args.operands[0];
  HostTensor& grid = args.results[0];
  const size_t axes = grid.shape.size() - 2;
  for (size_t i = 0; i < grid.data.size(); ++i) {
    const size_t row = i % axes;
    auto rest = static_cast<int64_t>(i / axes);
    std::vector<double> place(axes + 1, 1);  // the innermost axis first, then 1
    for (size_t a = 0; a < axes; ++a) {
      const int64_t size = grid.shape[axes - a];
      place[a] = attrs.coordinate(rest % size, size);
      rest /= size;
    }
    double sum = 0;
    for (size_t k = 0; k <= axes; ++k) {
      const size_t at = (static_cast<size_t>(rest) * axes + row) * (axes + 1) + k;
      sum += theta.data[at] * place[k];
    }
    grid.data[i] = sum;
  }
}

std::vector<OpCase> cases() {
  const auto sizes = [](int64_t count) {
    return CaseOperand{.dtype = DType::i64, .shape = {count}, .fill = Fill::position, .limit = 2};
  };
  return {{"plane", AffineGridAttrs{}, {floats({2, 2, 3}), sizes(4)}},
          {"plane_aligned", AffineGridAttrs{true}, {floats({2, 2, 3}), sizes(4)}},
          {"volume", AffineGridAttrs{}, {floats({2, 3, 4}), sizes(5)}},
          {"volume_aligned", AffineGridAttrs{true}, {floats({2, 3, 4}), sizes(5)}}};
}

std::vector<BadCase> bad_cases() {
  const CaseOperand sizes{.dtype = DType::i64, .shape = {4}, .fill = Fill::position, .limit = 2};
  const CaseOperand less{.dtype = DType::i64, .shape = {4}, .fill = Fill::position, .limit = -2};
  return {{"C1", AffineGridAttrs{}, {floats({2, 4, 3}), sizes}},
          {"C1", AffineGridAttrs{}, {floats({2, 3, 4}), sizes}},
          {"C1", AffineGridAttrs{}, {typed(DType::i32, {2, 2, 3}), sizes}},
          {"C2", AffineGridAttrs{}, {floats({2, 2, 3}), floats({4})}},
          {"C2", AffineGridAttrs{}, {floats({3, 2, 3}), sizes}},
          {"C2", AffineGridAttrs{}, {floats({2, 2, 3}), less}}};
}

}  // namespace

const OpSemantics& affine_grid_semantics() {
  static const OpSemantics kSemantics{&affine_grid_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
