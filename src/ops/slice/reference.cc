#include "ops/slice/op.h"

#include "ops/list.h"
#include "ops/shape_rules.h"
#include "reference/case_operands.h"
#include "reference/walk.h"

namespace hone {
namespace {

using namespace ir;

void reference(const ReferenceArgs& args) {
  const auto& attrs = args.attrs.as<SliceAttrs>();
  const HostTensor& x = *args.operands[0];
  HostTensor& y = args.results[0];
  const auto starts = ints_of(args.operands[1], attrs.starts),
             axes = ints_of(args.operands[3], attrs.axes),
             steps = ints_of(args.operands[4], attrs.steps);
  for_each_index(y.shape, [&](const Index& index) {
    Index source = index;
    for (size_t i = 0; i < starts.size(); ++i) {
      const int64_t named = axes.empty() ? static_cast<int64_t>(i) : axes[i];
      const size_t axis = find_axis(named, x.shape.size()).value();
      const int64_t size = x.shape[axis], step = steps.empty() ? 1 : steps[i];
      int64_t start = starts[i] < 0 ? starts[i] + size : starts[i];
      start = start < 0 ? 0 : start > size ? size : start;
      if (step < 0 && start == size) start = size - 1;
      source[axis] = start + index[axis] * step;
    }
    y.data[place_of(y, index)] = x.data[place_of(x, source)];
  });
}

std::vector<OpCase> cases() {
  const auto number = [](int64_t value) {
    return CaseOperand{.dtype = DType::i64, .shape = {1}, .fill = Fill::position, .limit = value};
  };
  return {
      {"rows", SliceAttrs{{1}, {4}, {}, {}}, {floats({5, 17})}},
      {"columns", SliceAttrs{{1}, {-1}, {1}, {}}, {floats({5, 17})}},
      {"both", SliceAttrs{{-3, 2}, {INT64_MAX, 100}, {0, -1}, {}}, {floats({5, 17})}},
      {"every_second", SliceAttrs{{1}, {INT64_MAX}, {1}, {2}}, {floats({5, 17})}},
      {"reversed", SliceAttrs{{-1}, {INT64_MIN}, {1}, {-1}}, {floats({5, 17})}},
      {"far_start", SliceAttrs{{1000}, {0}, {0}, {-3}}, {floats({50, 3})}},
      {"near_start", SliceAttrs{{-99}, {-99}, {1}, {-2}}, {floats({5, 17})}},
      {"channels", SliceAttrs{{2}, {5}, {1}, {}}, {floats({2, 7, 4, 5})}},
      {"patches", SliceAttrs{{1, 0}, {9, 9}, {2, 3}, {2, 2}}, {floats({1, 3, 9, 8})}},
      {"whole", SliceAttrs{{0}, {INT64_MAX}, {0}, {}}, {floats({50000})}},
      {"one", SliceAttrs{{3}, {4}, {1}, {INT64_MAX}}, {floats({5, 17})}},
      {"operands", SliceAttrs{}, {floats({5, 17}), number(-4), number(-1), number(1), number(2)}},
      {"two_operands", SliceAttrs{}, {floats({5, 17}), number(1), number(3)}},
      {"bytes", SliceAttrs{{1}, {9}, {1}, {3}}, {typed(DType::u8, {5, 17})}},
      {"wide", SliceAttrs{{1}, {9}, {1}, {}}, {typed(DType::i64, {5, 17})}}};
}

std::vector<BadCase> bad_cases() {
  return {{"C1", SliceAttrs{{0}, {1}, {}, {}}, {blocks(DType::q8_0, {3, 32})}},
          {"C2", SliceAttrs{{0}, {1, 2}, {}, {}}, {floats({3, 2})}},
          {"C2", SliceAttrs{{0}, {1}, {0, 1}, {}}, {floats({3, 2})}},
          {"C2", SliceAttrs{{0}, {1}, {}, {1, 1}}, {floats({3, 2})}},
          {"C2", SliceAttrs{{0}, {1}, {}, {}}, {floats({3, 2}), floats({1})}},
          {"C3", SliceAttrs{{0}, {1}, {2}, {}}, {floats({3, 2})}},
          {"C3", SliceAttrs{{0, 0}, {1, 1}, {1, -1}, {}}, {floats({3, 2})}},
          {"C3", SliceAttrs{{0, 0, 0}, {1, 1, 1}, {}, {}}, {floats({3, 2})}},
          {"C4", SliceAttrs{{0}, {1}, {}, {0}}, {floats({3, 2})}}};
}

}  // namespace

const OpSemantics& slice_semantics() {
  static const OpSemantics kSemantics{&slice_op(), reference, cases, nullptr, bad_cases};
  return kSemantics;
}

}  // namespace hone
