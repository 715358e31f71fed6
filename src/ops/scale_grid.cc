#include "ops/scale_grid.h"

#include <limits>

#include "ops/shape_rules.h"
#include "tensor/numbers.h"

namespace hone {

IntegerRange integer_range(DType dtype) {
  switch (dtype) {
    case DType::i2:
      return {-2, 1};
    case DType::u2:
      return {0, 3};
    case DType::i4:
      return {-8, 7};
    case DType::u4:
      return {0, 15};
    default:
      break;
  }
  IntegerRange range{0, 0};
  with_number(dtype, [&]<class T>() {
    if constexpr (std::is_integral_v<T> && sizeof(T) <= 4) {
      range = {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
    }
  });
  return range;
}

bool is_scale_dtype(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16;
}

namespace {

bool is_one(const Shape& shape) {
  return shape.empty() || (shape.size() == 1 && shape[0] == Dim(1));
}

Status check_blocks(const Shape& x, const Shape& scale, size_t axis, int64_t block) {
  if (scale.size() != x.size()) {
    return fail(Code::invalid_argument, "blocks of an axis need a scale of ", x.size(),
                " axes, not ", scale.size());
  }
  for (size_t i = 0; i < x.size(); ++i) {
    const Dim wanted =
        i == axis ? map_dim(x[i], [&](int64_t n) { return (n + block - 1) / block; }) : x[i];
    if (!may_equal(wanted, scale[i])) {
      return fail(Code::invalid_argument, "axis ", i, " of the scale has ", scale[i].value(),
                  " entries instead of ", wanted.value());
    }
  }
  return {};
}

}  // namespace

bool is_zero_of(const Shape& zero, const Shape& scale) {
  if (is_one(zero) && is_one(scale)) return true;
  bool same = zero.size() == scale.size();
  for (size_t i = 0; same && i < zero.size(); ++i) same = may_equal(zero[i], scale[i]);
  return same;
}

Status check_scales(const Shape& x, const Shape& scale, int64_t axis, int64_t block) {
  if (is_one(scale)) return {};
  const auto found = find_axis(axis, x.size());
  if (!found || block < 0) return fail(Code::invalid_argument, "axis ", axis, " does not exist");
  if (block > 0) return check_blocks(x, scale, *found, block);
  if (scale.size() != 1 || !may_equal(scale[0], x[*found])) {
    return fail(Code::invalid_argument, "a scale ", to_text(scale, {}), " does not fit axis ", axis,
                " of ", to_text(x, {}));
  }
  return {};
}

ScaleGrid::ScaleGrid(const Dims& x, const Dims& scale, int64_t axis, int64_t block)
    : kind_(Kind::one), rows_(1), columns_(x.elements()) {
  if (scale.rank() == 0 || (scale.rank() == 1 && scale[0] == 1)) return;
  const size_t at = *find_axis(axis, x.rank());
  int64_t outer = 1;
  for (size_t i = 0; i < at; ++i) outer *= x[i];
  for (size_t i = at + 1; i < x.rank(); ++i) inner_ *= x[i];
  axis_ = x[at];
  if (block > 0) {
    block_ = std::clamp<int64_t>(block, 1, std::max<int64_t>(1, axis_));
    blocks_ = (axis_ + block_ - 1) / block_;
  }
  const bool last = inner_ == 1;
  if (block > 0) {
    kind_ = last ? Kind::block_inside : Kind::block;
    rows_ = outer * (last ? blocks_ : axis_);
    columns_ = last ? block_ : inner_;
  } else {
    kind_ = last ? Kind::axis_inside : Kind::axis;
    rows_ = last ? outer : outer * axis_;
    columns_ = last ? axis_ : inner_;
  }
}

ScaleGrid::Row ScaleGrid::row(int64_t index) const {
  switch (kind_) {
    case Kind::one:
      return {0, columns_, 0, 0};
    case Kind::axis:
      return {index * inner_, inner_, index % axis_, 0};
    case Kind::axis_inside:
      return {index * axis_, axis_, 0, 1};
    case Kind::block: {
      const int64_t block = index / axis_ * blocks_ + index % axis_ / block_;
      return {index * inner_, inner_, block * inner_, 1};
    }
    case Kind::block_inside: {
      const int64_t begin = index % blocks_ * block_;
      return {index / blocks_ * axis_ + begin, std::min(block_, axis_ - begin), index, 0};
    }
  }
  return {};
}

}  // namespace hone
