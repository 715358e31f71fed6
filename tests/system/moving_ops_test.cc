// Ops that move elements, beyond what the op contract asks of them: ops on the host, indices that
// lie, and shapes that are known in part.
#include <gtest/gtest.h>

#include <limits>

#include "backend/cpu/step.h"
#include "backend/host_op.h"
#include "ops/compress/op.h"
#include "ops/concat/op.h"
#include "ops/gather_elements/op.h"
#include "ops/gather_nd/op.h"
#include "ops/pad/op.h"
#include "ops/resize/op.h"
#include "ops/scatter_elements/op.h"
#include "ops/scatter_nd/op.h"
#include "ops/slice/op.h"
#include "ops/split/op.h"
#include "ops/take/op.h"
#include "ops/transpose/op.h"
#include "ops/unique/op.h"

namespace hone {
namespace {

template <class T>
Tensor tensor(DType dtype, std::initializer_list<int64_t> sizes, std::vector<T> values) {
  return Tensor::copy_of({reinterpret_cast<const std::byte*>(values.data()), dtype, Dims(sizes)})
      .value();
}
Tensor floats(std::initializer_list<int64_t> sizes, std::vector<float> values) {
  return tensor(DType::f32, sizes, std::move(values));
}
Tensor ints(std::initializer_list<int64_t> sizes, std::vector<int64_t> values) {
  return tensor(DType::i64, sizes, std::move(values));
}
template <class T>
std::vector<T> values_of(const RunValue& value) {
  const ConstView view = value.tensor.view();
  return {view.as<T>(), view.as<T>() + view.dims.elements()};
}
using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;

Expected<std::vector<RunValue>> run_host(std::string_view op, const Attrs& attrs,
                                         std::vector<RunValue> operands) {
  std::vector<const RunValue*> pointers;
  for (const RunValue& operand : operands) pointers.push_back(&operand);
  return find_host_op(op)->run(attrs, pointers);
}

TEST(MovingHostOps, NonzeroListsIndicesByAxis) {
  const auto found = run_host("nonzero", NoAttrs{}, {floats({2, 3}, {0, 1, 0, 2, 0, -3})}).value();
  EXPECT_EQ(found[0].tensor.dims(), Dims({2, 3}));
  EXPECT_EQ(values_of<int64_t>(found[0]), (Ints{0, 1, 1, 1, 0, 2}));
  const auto none = run_host("nonzero", NoAttrs{}, {floats({2, 0}, {})}).value();
  EXPECT_EQ(none[0].tensor.dims(), Dims({2, 0}));
  EXPECT_EQ(run_host("nonzero", NoAttrs{}, {floats({}, {1})}).value()[0].tensor.dims(),
            Dims({0, 1}));
}

TEST(MovingHostOps, CompressPicksSlices) {
  const Tensor x = floats({3, 2}, {1, 2, 3, 4, 5, 6});
  const auto condition = [](std::vector<uint8_t> values) {
    return tensor(DType::boolean, {std::ssize(values)}, values);
  };
  const auto rows = run_host("compress", CompressAttrs{false, 0}, {x, condition({0, 1, 1})});
  EXPECT_EQ(values_of<float>((*rows)[0]), (Floats{3, 4, 5, 6}));
  const auto columns = run_host("compress", CompressAttrs{false, -1}, {x, condition({0, 1})});
  EXPECT_EQ(values_of<float>((*columns)[0]), (Floats{2, 4, 6}));
  EXPECT_EQ((*columns)[0].tensor.dims(), Dims({3, 1}));
  const auto flat = run_host("compress", CompressAttrs{}, {x, condition({0, 1, 0, 0, 1})});
  EXPECT_EQ(values_of<float>((*flat)[0]), (Floats{2, 5}));
  // A condition may be longer than the axis.
  const auto longer = run_host("compress", CompressAttrs{false, 1}, {x, condition({1, 0, 1, 1})});
  EXPECT_EQ(values_of<float>((*longer)[0]), (Floats{1, 3, 5}));
  EXPECT_FALSE(run_host("compress", CompressAttrs{false, 2}, {x, condition({1})}));
  EXPECT_FALSE(run_host("compress", CompressAttrs{}, {x, x}));
  EXPECT_FALSE(run_host("compress", CompressAttrs{}, {RunValue(), condition({1})}));
}

TEST(MovingHostOps, UniqueSortsOrKeepsTheOrder) {
  const Tensor x = floats({6}, {2, 1, 1, 3, 4, 3});
  const auto sorted = run_host("unique", UniqueAttrs{}, {x}).value();
  EXPECT_EQ(values_of<float>(sorted[0]), (Floats{1, 2, 3, 4}));
  EXPECT_EQ(values_of<int64_t>(sorted[1]), (Ints{1, 0, 3, 4}));
  EXPECT_EQ(values_of<int64_t>(sorted[2]), (Ints{1, 0, 0, 2, 3, 2}));
  EXPECT_EQ(values_of<int64_t>(sorted[3]), (Ints{2, 1, 2, 1}));
  const auto kept = run_host("unique", UniqueAttrs{true, 0, false}, {x}).value();
  EXPECT_EQ(values_of<float>(kept[0]), (Floats{2, 1, 3, 4}));
  EXPECT_EQ(values_of<int64_t>(kept[2]), (Ints{0, 1, 1, 2, 3, 2}));
}

TEST(MovingHostOps, UniqueComparesSlicesNansAndLargeIntegers) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto rows =
      run_host("unique", UniqueAttrs{false, 0, true}, {floats({3, 2}, {nan, 1, 1, 2, nan, 1})})
          .value();
  EXPECT_EQ(values_of<int64_t>(rows[1]), (Ints{1, 0}));
  const int64_t large = int64_t{1} << 60;
  const auto wide = run_host("unique", UniqueAttrs{}, {ints({3}, {large + 1, large, large})});
  EXPECT_EQ(values_of<int64_t>((*wide)[0]), (Ints{large, large + 1}));
  EXPECT_TRUE(
      values_of<float>(run_host("unique", UniqueAttrs{}, {floats({0}, {})}).value()[0]).empty());
}

// A step bound to tensors, and how its indices come.
struct Bound {
  std::vector<Tensor> operands;
  Tensor result;
  StepBinding binding;
  std::unique_ptr<CpuStep> step;

  Bound(std::string_view op, Attrs attributes, std::vector<Tensor> given, bool is_input)
      : operands(std::move(given)), attrs(std::move(attributes)) {
    const OpDef* def = find_op(op);
    std::vector<OperandType> types;
    for (Tensor& operand : operands) {
      types.push_back({{operand.dtype(), operand.dims().shape()}, operand.view()});
    }
    std::vector<const OperandType*> pointers;
    for (const OperandType& type : types) pointers.push_back(&type);
    const TensorType made = def->infer(attrs, pointers).value()[0];
    result = Tensor::allocate(made.dtype, Dims(made.shape, {})).value();
    binding = {.op = def, .attrs = &attrs, .operands = {}, .results = {}};
    for (Tensor& operand : operands) {
      binding.operands.push_back({.view = operand.writable(), .is_input = is_input});
    }
    binding.results.push_back({.view = result.writable()});
    step = bind_step(binding).step;
  }
  Floats run() {
    for (int64_t tile = 0; tile < step->tiles(); ++tile) step->run(tile, {});
    return values_of<float>(result);
  }
  Attrs attrs;
};

struct Lie {
  std::string_view op;
  Attrs attrs;
  std::vector<Tensor> operands;
  Floats expected;  // what comes out if the model itself computed the index
};

std::vector<Lie> lies() {
  const Tensor x = floats({3}, {1, 2, 3});
  const int64_t far = std::numeric_limits<int64_t>::max(),
                low = std::numeric_limits<int64_t>::min();
  const Tensor index = ints({4}, {-3, 3, far, low}), rows = ints({4, 1}, {-3, 3, far, low});
  const Tensor updates = floats({4}, {7, 8, 9, 10});
  return {{"take", TakeAttrs{}, {x, index}, {1, 0, 0, 0}},
          {"gather_elements", GatherElementsAttrs{}, {x, index}, {1, 0, 0, 0}},
          {"gather_nd", GatherNdAttrs{}, {x, rows}, {1, 0, 0, 0}},
          {"scatter_elements", ScatterElementsAttrs{}, {x, index, updates}, {7, 2, 3}},
          {"scatter_nd", ScatterNdAttrs{}, {x, rows, updates}, {7, 2, 3}}};
}

TEST(MovingOps, IndicesThatAreGivenAreRefusedIfTheyLieOutside) {
  for (const Lie& lie : lies()) {
    Bound bound(lie.op, lie.attrs, lie.operands, true);
    EXPECT_FALSE(bound.step->check()) << lie.op;
  }
}

TEST(MovingOps, IndicesThatAreComputedAreNotFollowedOutside) {
  for (const Lie& lie : lies()) {
    Bound bound(lie.op, lie.attrs, lie.operands, false);
    EXPECT_TRUE(bound.step->check()) << lie.op;
    EXPECT_EQ(bound.run(), lie.expected) << lie.op;
  }
}

Shape infer(std::string_view op, const Attrs& attrs, std::vector<Shape> shapes) {
  std::vector<OperandType> types(find_op(op)->operands.size());
  std::vector<const OperandType*> pointers(std::max(types.size(), shapes.size()));
  types.resize(pointers.size());
  for (size_t i = 0; i < shapes.size(); ++i) {
    types[i].shape = shapes[i];
    pointers[i] = &types[i];
  }
  return find_op(op)->infer(attrs, pointers).value()[0].shape;
}

TEST(MovingOps, SymbolsStayWhereTheyCan) {
  const Dim n = Dim::symbol(0), unknown = Dim::unknown();
  EXPECT_EQ(infer("transpose", TransposeAttrs{}, {{n, 3}}), (Shape{3, n}));
  EXPECT_EQ(infer("concat", ConcatAttrs{1}, {{n, 3}, {n, 4}}), (Shape{n, 7}));
  EXPECT_EQ(infer("concat", ConcatAttrs{0}, {{n, 3}, {2, 3}}), (Shape{unknown, 3}));
  EXPECT_EQ(infer("concat", ConcatAttrs{0}, {{2, n}, {2, 3}}), (Shape{4, 3}));
  EXPECT_EQ(infer("slice", SliceAttrs{{1}, {INT64_MAX}, {1}, {}}, {{n, 3}}), (Shape{n, 2}));
  EXPECT_EQ(infer("slice", SliceAttrs{{0}, {INT64_MAX}, {0}, {}}, {{n, 3}}), (Shape{n, 3}));
  EXPECT_EQ(infer("slice", SliceAttrs{{1}, {INT64_MAX}, {0}, {}}, {{n, 3}}), (Shape{unknown, 3}));
  EXPECT_EQ(infer("split", SplitAttrs{1, 0, 3, {}}, {{n, 9}}), (Shape{n, 3}));
  EXPECT_EQ(infer("split", SplitAttrs{0, 1, 2, {4, 5}}, {{n, 9}}), (Shape{5, 9}));
  EXPECT_EQ(infer("pad", PadAttrs{PadMode::constant, {0, 1, 0, 1}, {}}, {{n, 3}}), (Shape{n, 5}));
}

// Nothing is made for each place when the step is bound: y of 4 TiB would need as many entries.
TEST(Pad, TakesNoMemoryOfItsOwn) {
  const int64_t far = int64_t{1} << 40;
  for (const PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::edge}) {
    Tensor x = floats({1, 4}, {1, 2, 3, 4});
    const Attrs attrs = PadAttrs{mode, {0, 0, 0, far}, {}};
    StepBinding binding{.op = find_op("pad"), .attrs = &attrs, .operands = {}, .results = {}};
    binding.operands = {{.view = x.writable()}, {}, {}, {}};
    binding.results = {{.view = {x.writable().data, DType::f32, Dims({1, 4 + far})}}};
    EXPECT_NE(bind_step(binding).step, nullptr);
  }
}

TEST(Resize, RefusesMoreTapsThanItsLimit) {
  using Mode = ResizeAttrs::Mode;
  const auto axes = [](const ResizeAttrs& attrs, int64_t in, int64_t out) {
    return resize_axes(attrs, {{in}}, {.roi = {}, .scales = {}, .sizes = {out}});
  };
  const int64_t most = int64_t{1} << 25;
  EXPECT_TRUE(axes({.mode = Mode::nearest}, 2, most));
  EXPECT_TRUE(axes({.mode = Mode::cubic}, 2, most / 4));
  const auto antialias = ResizeAttrs{.mode = Mode::linear, .antialias = true};
  for (const auto& refused :
       {axes({.mode = Mode::nearest}, 2, most + 1), axes({.mode = Mode::cubic}, 2, most / 4 + 1),
        axes(antialias, int64_t{1} << 35, most / 2), axes(antialias, int64_t{1} << 35, 1)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::limit_exceeded);
  }
}

}  // namespace
}  // namespace hone
