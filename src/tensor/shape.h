// Shapes: lists of dimensions, outermost first; a dimension is a number or a symbol of its graph.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace hone {

// A dimension that is known only when a plan is run ("tokens"), with the range a plan must serve.
struct Symbol {
  std::string name;
  int64_t min = 1;
  int64_t opt = 1;
  int64_t max = 1;
  bool operator==(const Symbol&) const = default;
};

class Dim {
 public:
  constexpr Dim(int64_t value) : value_(value) {}
  static constexpr Dim symbol(int32_t index) {
    Dim dim(0);
    dim.symbol_ = index;
    return dim;
  }
  // A dimension that is known only when a plan is run and has no name. Two of them compare equal
  // though they may differ.
  static constexpr Dim unknown() { return symbol(kUnknown); }

  bool is_symbol() const { return symbol_ >= 0; }  // or unknown
  bool is_unknown() const { return symbol_ == kUnknown; }
  int32_t symbol_index() const { return symbol_; }  // into the graph's or plan's symbols
  int64_t value() const { return value_; }          // only if not a symbol
  bool operator==(const Dim&) const = default;

 private:
  static constexpr int32_t kUnknown = INT32_MAX;
  int64_t value_;
  int32_t symbol_ = -1;
};

using Shape = std::vector<Dim>;

// Whether every dimension is a number.
bool is_static(const Shape& shape);
// "[tokens, 576, ?]"
std::string to_text(const Shape& shape, std::span<const Symbol> symbols);

inline constexpr size_t kMaxRank = 8;

// A shape of numbers, as kernels see it.
class Dims {
 public:
  Dims() = default;
  explicit Dims(std::span<const int64_t> sizes);
  Dims(std::initializer_list<int64_t> sizes) : Dims(std::span(sizes.begin(), sizes.size())) {}
  // `shape` with symbol i replaced by `symbol_values[i]`.
  Dims(const Shape& shape, std::span<const int64_t> symbol_values);

  size_t rank() const { return rank_; }
  int64_t operator[](size_t axis) const { return sizes_[axis]; }
  int64_t back() const { return rank_ == 0 ? 1 : sizes_[rank_ - 1]; }
  int64_t elements() const;
  // Elements of all axes but the last.
  int64_t rows() const { return back() == 0 ? 0 : elements() / back(); }
  std::span<const int64_t> sizes() const { return {sizes_.data(), rank_}; }
  // The numbers of a shape without symbols.
  Shape shape() const { return {sizes_.data(), sizes_.data() + rank_}; }
  bool operator==(const Dims&) const = default;

 private:
  std::array<int64_t, kMaxRank> sizes_{};
  size_t rank_ = 0;
};

}  // namespace hone
