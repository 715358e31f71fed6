#include "ops/shape_rules.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tensor/encode.h"
#include "tensor/numbers.h"

namespace hone {

bool is_float(DType dtype) {
  switch (dtype) {
    case DType::f16:
    case DType::bf16:
    case DType::f32:
    case DType::f64:
    case DType::f8_e4m3fn:
    case DType::f8_e4m3fnuz:
    case DType::f8_e5m2:
    case DType::f8_e5m2fnuz:
    case DType::f8_e8m0:
    case DType::f4_e2m1:
      return true;
    default:
      return false;
  }
}

bool is_integer(DType dtype) {
  if (dtype == DType::boolean || is_float(dtype)) return false;
  return with_number(dtype, []<class T>() {});
}

bool has_plain_elements(DType dtype) {
  return !is_block_quantized(dtype) && dtype != DType::string;
}

bool merge(Dim a, Dim b, Dim& merged) {
  // A number says most, a named symbol more than nothing.
  merged = !a.is_symbol() || b.is_unknown() ? a : b;
  return may_equal(a, b);
}

Dim product(std::span<const Dim> dims) {
  int64_t all = 1;
  for (const Dim& dim : dims) {
    if (dim.is_symbol()) return dims.size() == 1 ? dim : Dim::unknown();
    if (__builtin_mul_overflow(all, dim.value(), &all)) {
      return Dim(std::numeric_limits<int64_t>::max());
    }
  }
  return Dim(all);
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape result = longer;
  const size_t lead = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    Dim& dim = result[lead + i];
    const Dim other = shorter[i];
    if (other == Dim(1)) continue;
    if (dim == Dim(1)) {
      dim = other;
    } else if (dim.is_symbol() && other.is_symbol() && dim != other) {
      dim = Dim::unknown();  // either may be 1
    } else if (!merge(dim, other, dim)) {
      return {};
    }
  }
  return result;
}

std::optional<int64_t> stretch_in(const TensorType& whole, const Shape& part,
                                  std::span<const int64_t> first) {
  bool in_stretch = false;  // from the first axis on along which the part has several places
  int64_t stride = info(whole.dtype).block_bytes, begin = 0;
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i].value() == 0 || (in_stretch && part[i] != whole.shape[i])) return {};
    in_stretch = in_stretch || part[i].value() > 1;
  }
  for (size_t i = part.size(); i-- > 0; stride *= whole.shape[i].value()) {
    if (i < first.size()) begin += first[i] * stride;
  }
  return begin;
}

std::optional<size_t> find_axis(int64_t axis, size_t rank) {
  const auto n = static_cast<int64_t>(rank);
  if (axis < -n || axis >= n) return {};
  return static_cast<size_t>(axis < 0 ? axis + n : axis);
}

namespace {

template <class Out>
std::optional<std::vector<Out>> known_as(const OperandType& operand) {
  if (operand.known.data == nullptr) return {};
  const auto count = static_cast<size_t>(operand.known.dims.elements());
  std::vector<Out> values(count);
  const bool plain = with_number(operand.dtype, [&]<class T>() {
    for (size_t i = 0; i < count; ++i) {
      T value;  // may lie at any address of a mapped file
      std::memcpy(&value, operand.known.data + i * sizeof(T), sizeof(T));
      values[i] = static_cast<Out>(value);
    }
  });
  if (!plain) return {};
  return values;
}

}  // namespace

std::optional<std::vector<int64_t>> known_ints(const OperandType& operand) {
  if (is_float(operand.dtype)) return {};
  return known_as<int64_t>(operand);
}

std::optional<std::vector<int64_t>> given_ints(const std::vector<int64_t>& attribute,
                                               const OperandType* operand) {
  return operand == nullptr ? std::optional(attribute) : known_ints(*operand);
}

bool is_list_of_ints(const OperandType* operand) {
  return operand == nullptr || (is_integer(operand->dtype) && operand->shape.size() <= 1);
}

std::optional<std::vector<double>> known_doubles(const OperandType& operand) {
  if (operand.dtype == DType::f16 || operand.dtype == DType::bf16) {
    if (operand.known.data == nullptr) return {};
    std::vector<double> values(static_cast<size_t>(operand.known.dims.elements()));
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = decode_element(operand.dtype, operand.known.data + 2 * i);
    }
    return values;
  }
  return known_as<double>(operand);
}

std::vector<std::byte> bytes_of_scalar(DType dtype, double value) {
  std::vector<std::byte> bytes(static_cast<size_t>(info(dtype).block_bytes));
  encode_element(dtype, value, bytes.data());
  return bytes;
}

}  // namespace hone
