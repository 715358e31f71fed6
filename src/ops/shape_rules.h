// Shape rules that several ops share. A dimension that is not a number fits any other: what it is
// shows when a plan is bound, and infer runs again.
#pragma once

#include <optional>
#include <vector>

#include "ops/define.h"

namespace hone {

inline const Dim& last_dim(const TensorType& type) { return type.shape.back(); }

inline bool is_plain(const TensorType& type, DType dtype, size_t rank) {
  return type.dtype == dtype && type.shape.size() == rank;
}

// Whether rows of `type` can be stored as `dtype` blocks.
inline bool fits_blocks(const TensorType& type, DType dtype) {
  const Dim& last = last_dim(type);
  return !last.is_symbol() && last.value() % info(dtype).block_elements == 0;
}

bool is_float(DType dtype);    // f16, bf16, f32, f64 and the 8-bit floats
bool is_integer(DType dtype);  // signed or not, 2 to 64 bits
inline bool is_number(DType dtype) { return is_float(dtype) || is_integer(dtype); }

// Whether each element stands in bytes of its own, so that it can be moved: no blocks, no text.
bool has_plain_elements(DType dtype);

inline bool may_equal(Dim a, Dim b) { return a.is_symbol() || b.is_symbol() || a == b; }
// What two dimensions that must be equal are; false if they are not.
bool merge(Dim a, Dim b, Dim& merged);
// The value of f for a number, else unknown.
template <class F>
Dim map_dim(Dim dim, F f) {
  return dim.is_symbol() ? Dim::unknown() : Dim(f(dim.value()));
}
// The product, or unknown. The empty product is 1.
Dim product(std::span<const Dim> dims);

// Where a part of a dense tensor begins, in bytes, if it is one stretch of them: the part has that
// shape and begins at those indices (none: 0). All sizes are numbers.
std::optional<int64_t> stretch_in(const TensorType& whole, const Shape& part,
                                  std::span<const int64_t> first);

// NumPy's broadcasting; nothing if the shapes do not fit.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

// `axis`, counted from the end if it is negative; nothing if it lies outside [-rank, rank).
std::optional<size_t> find_axis(int64_t axis, size_t rank);

// The elements of an operand that infer reads; nothing if they are not known yet or no integers.
std::optional<std::vector<int64_t>> known_ints(const OperandType& operand);
// What an attribute says, or the elements of an operand if it is there.
std::optional<std::vector<int64_t>> given_ints(const std::vector<int64_t>& attribute,
                                               const OperandType* operand);
// Whether an optional operand is absent, or integers with one axis at most.
bool is_list_of_ints(const OperandType* operand);
// The elements of an operand of any plain numbers, if they are known.
std::optional<std::vector<double>> known_doubles(const OperandType& operand);

// One element as the dtype stores it: rounded, and clamped to what the dtype holds.
std::vector<std::byte> bytes_of_scalar(DType dtype, double value);

}  // namespace hone
