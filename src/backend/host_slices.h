// Slices of a tensor along an axis, for ops on the host that pick or compare them.
#pragma once

#include <cstring>
#include <optional>
#include <span>

#include "ops/shape_rules.h"
#include "tensor/tensor.h"

namespace hone {

class HostSlices {
 public:
  // Of x along `axis`; without one, its elements. Fails if x has no such axis or no plain elements.
  static Expected<HostSlices> of(const RunValue* value, std::optional<int64_t> axis) {
    if (value == nullptr || value->kind != RunValue::Kind::tensor ||
        !has_plain_elements(value->tensor.dtype())) {
      return fail(Code::invalid_argument, "x is no tensor of numbers");
    }
    HostSlices slices;
    slices.x_ = value->tensor.view();
    if (!axis) slices.x_.dims = Dims({slices.x_.dims.elements()});
    const auto found = find_axis(axis.value_or(0), slices.x_.dims.rank());
    if (!found) return fail(Code::invalid_argument, "x has no axis ", *axis);
    slices.axis_ = *found;
    const Dims& dims = slices.x_.dims;
    for (size_t i = 0; i < *found; ++i) slices.outer_ *= dims[i];
    slices.bytes_ = info(slices.x_.dtype).block_bytes;
    for (size_t i = *found + 1; i < dims.rank(); ++i) slices.bytes_ *= dims[i];
    return slices;
  }

  const ConstView& x() const { return x_; }
  int64_t count() const { return x_.dims[axis_]; }
  // A slice is this many runs of as many bytes.
  int64_t runs() const { return outer_; }
  int64_t run_bytes() const { return bytes_; }
  const std::byte* run(int64_t slice, int64_t which) const {
    return x_.data + (which * count() + slice) * bytes_;
  }
  // A tensor of some of the slices, in that order.
  Expected<Tensor> pick(std::span<const int64_t> slices) const {
    std::vector<int64_t> sizes(x_.dims.sizes().begin(), x_.dims.sizes().end());
    sizes[axis_] = std::ssize(slices);
    HONE_TRY(Tensor made, Tensor::allocate(x_.dtype, Dims(sizes)));
    std::byte* to = made.writable().data;
    for (int64_t outer = 0; bytes_ > 0 && outer < outer_; ++outer) {
      for (const int64_t slice : slices) {
        std::memcpy(to, run(slice, outer), static_cast<size_t>(bytes_));
        to += bytes_;
      }
    }
    return made;
  }

 private:
  ConstView x_;
  size_t axis_ = 0;
  int64_t outer_ = 1, bytes_ = 1;
};

}  // namespace hone
