#include "ops/grid_sample/op.h"

#include "ops/list.h"
#include "reference/case_operands.h"

namespace hone {
namespace {

using namespace ir;
using Mode = GridSampleAttrs::Mode;

// The weighted sum over the axes from `axis` on.
double look(const GridSampleAttrs& attrs, const double* plane, std::span<const int64_t> sizes,
            std::span<const double> places, size_t axis, int64_t offset) {
  if (axis == sizes.size()) return plane[offset];
  const GridTaps taps = grid_taps(attrs.mode, places[axis]);
  double sum = 0;
  for (int64_t k = 0; k < taps.count; ++k) {
    const int64_t at = grid_element(attrs, taps.first + k, sizes[axis]);
    if (at < 0) continue;
    sum += taps.weight[k] * look(attrs, plane, sizes, places, axis + 1, offset * sizes[axis] + at);
  }
  return sum;
}

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<GridSampleAttrs>();
  const HostTensor &x = *args.operands[0], &grid = *args.operands[1];
  HostTensor& y = args.results[0];
  const std::span<const int64_t> sizes = std::span(x.shape).subspan(2);
  const size_t axes = sizes.size();
  int64_t plane = 1, spots = 1;
  for (size_t i = 0; i < axes; ++i) plane *= sizes[i], spots *= y.shape[i + 2];
  for (size_t i = 0; i < y.data.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    const int64_t image = at / (spots * y.shape[1]), spot = image * spots + at % spots;
    std::vector<double> places(axes);
    for (size_t a = 0; a < axes; ++a) {
      const double coordinate =
          grid.data[static_cast<size_t>(spot) * axes + axes - 1 - a];  // innermost axis first
      places[a] = grid_place(attrs, coordinate, sizes[a]);
    }
    y.data[i] = look(attrs, x.data.data() + at / spots * plane, sizes, places, 0, 0);
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (size_t m = 0; m < std::size(kGridSampleModeNames); ++m) {
    for (size_t o = 0; o < std::size(kGridSampleOutsideNames); ++o) {
      for (const bool align : {false, true}) {
        const GridSampleAttrs attrs{static_cast<Mode>(m), static_cast<GridSampleAttrs::Outside>(o),
                                    align};
        const std::string name =
            cat(kGridSampleModeNames[m], "_", kGridSampleOutsideNames[o], align ? "_aligned" : "");
        all.push_back({name, attrs, {floats({2, 3, 5, 6}), floats({2, 4, 3, 2})}});
        all.push_back(
            {cat(name, "_deep"), attrs, {floats({1, 2, 3, 4, 5}), floats({1, 2, 2, 3, 3})}});
      }
    }
  }
  return all;
}

std::vector<BadCase> bad_cases() {
  return {{"C1", GridSampleAttrs{}, {floats({1, 2, 3, 4}), typed(DType::f64, {1, 2, 2, 2})}},
          {"C2", GridSampleAttrs{}, {floats({1, 2, 3}), floats({1, 2, 1})}},
          {"C2", GridSampleAttrs{}, {floats({1, 2, 0, 3}), floats({1, 2, 2, 2})}},
          {"C3", GridSampleAttrs{}, {floats({1, 2, 3, 4}), floats({1, 2, 2, 3})}},
          {"C3", GridSampleAttrs{}, {floats({1, 2, 3, 4}), floats({2, 2, 2, 2})}}};
}

}  // namespace

const OpSemantics& grid_sample_semantics() {
  static const OpSemantics kSemantics{&grid_sample_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
