#include "backend/cpu/strided_copy.h"

#include <algorithm>
#include <cstring>

#include "backend/cpu/copy_bytes.h"
#include "backend/cpu/rows_step.h"

namespace hone {
namespace {

constexpr int64_t kPart = kElementsATile;  // elements of a row that one unit copies
constexpr int64_t kBlock = 16;             // rows of a transposed unit, and the side of a square
constexpr int64_t kColumns = 1024;         // columns of a transposed unit

struct Wide {
  uint64_t low, high;
};

// An element at any address.
template <class E>
struct [[gnu::packed, gnu::may_alias]] Cell {
  E value;
};

using Four = uint32_t __attribute__((vector_size(16)));

Four load(const std::byte* from) {
  Four four;
  std::memcpy(&four, from, sizeof four);
  return four;
}

// Row c of the source stands at from + c * stride; column r of it becomes row r of `square`.
void transpose_four(const std::byte* from, int64_t stride, uint32_t (*square)[kBlock]) {
  const Four a = load(from), b = load(from + stride), c = load(from + 2 * stride),
             d = load(from + 3 * stride);
  const Four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Four rows[] = {__builtin_shufflevector(ab, cd, 0, 1, 4, 5),
                       __builtin_shufflevector(ab, cd, 2, 3, 6, 7),
                       __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
                       __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
  for (int r = 0; r < 4; ++r) std::memcpy(square[r], &rows[r], sizeof rows[r]);
}

// Whole cache lines are read and written, by way of a square that stays in the cache whatever the
// strides are.
template <class E>
void transpose_block(const std::byte* from, int64_t from_stride, std::byte* to, int64_t to_stride) {
  E square[kBlock][kBlock];
  if constexpr (sizeof(E) == 4) {
    for (int64_t c = 0; c < kBlock; c += 4) {
      for (int64_t r = 0; r < kBlock; r += 4) {
        auto* corner = reinterpret_cast<uint32_t (*)[kBlock]>(&square[r][c]);
        transpose_four(from + (c * from_stride + r) * 4, from_stride * 4, corner);
      }
    }
  } else {
    for (int64_t c = 0; c < kBlock; ++c) {
      const auto* line = reinterpret_cast<const Cell<E>*>(from) + c * from_stride;
      for (int64_t r = 0; r < kBlock; ++r) square[r][c] = line[r].value;
    }
  }
  constexpr auto kSize = static_cast<int64_t>(sizeof(E));
  for (int64_t r = 0; r < kBlock; ++r) {
    std::memcpy(to + r * to_stride * kSize, square[r], sizeof square[r]);
  }
}

// to[r * to_stride + c] = from[c * from_stride + r]
template <class E>
void transpose(const std::byte* from, int64_t from_stride, std::byte* to, int64_t to_stride,
               int64_t rows, int64_t columns) {
  constexpr auto kSize = static_cast<int64_t>(sizeof(E));
  int64_t c = 0;
  if (rows == kBlock) {
    for (; c + kBlock <= columns; c += kBlock) {
      transpose_block<E>(from + c * from_stride * kSize, from_stride, to + c * kSize, to_stride);
    }
  }
  const auto* source = reinterpret_cast<const Cell<E>*>(from);
  auto* target = reinterpret_cast<Cell<E>*>(to);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t i = c; i < columns; ++i) target[r * to_stride + i] = source[i * from_stride + r];
  }
}

}  // namespace

std::array<int64_t, kMaxRank> dense_strides(const Dims& dims) {
  std::array<int64_t, kMaxRank> strides{};
  uint64_t step = 1;  // may wrap where an empty axis stands beside absurd ones
  for (size_t i = dims.rank(); i-- > 0;) {
    strides[i] = static_cast<int64_t>(step);
    step *= static_cast<uint64_t>(dims[i]);
  }
  return strides;
}

// Where one unit stands: an odometer over the outer axes.
struct StridedCopy::Place {
  static constexpr size_t kMaxAxes = 3 * kMaxRank;
  std::array<int64_t, kMaxAxes> index{};
  int64_t from = 0, to = 0;

  Place(const std::vector<CopyAxis>& axes, int64_t number) {
    for (size_t i = axes.size(); i-- > 0;) {
      index[i] = number % axes[i].size;
      number /= axes[i].size;
      from += index[i] * axes[i].from;
      to += index[i] * axes[i].to;
    }
  }
  void advance(const std::vector<CopyAxis>& axes) {
    for (size_t i = axes.size(); i-- > 0;) {
      from += axes[i].from;
      to += axes[i].to;
      if (++index[i] < axes[i].size) return;
      from -= axes[i].size * axes[i].from;
      to -= axes[i].size * axes[i].to;
      index[i] = 0;
    }
  }
};

StridedCopy::StridedCopy(int64_t element_bytes, std::span<const CopyAxis> axes)
    : element_bytes_(element_bytes) {
  HONE_CHECK(axes.size() <= Place::kMaxAxes);
  for (const CopyAxis& axis : axes) {
    if (axis.size <= 0) return;
  }
  simplify(axes);
  choose_kind();
  const bool crossed = kind_ == Kind::transpose;
  parts_ = (inner_.size + kPart - 1) / kPart;
  int64_t elements = std::min(inner_.size, kPart);
  if (crossed) {
    parts_ = (crossed_.size + kBlock - 1) / kBlock * ((inner_.size + kColumns - 1) / kColumns);
    elements = std::min(crossed_.size, kBlock) * std::min(inner_.size, kColumns);
  }
  units_ = parts_;
  for (const CopyAxis& axis : outer_) units_ *= axis.size;
  units_a_tile_ = std::max<int64_t>(1, kElementsATile / elements);
  tiles_ = (units_ + units_a_tile_ - 1) / units_a_tile_;
}

// Neighboring axes that both sides walk alike become one; what is contiguous innermost becomes an
// element, if there are elements of that size.
void StridedCopy::simplify(std::span<const CopyAxis> axes) {
  for (const CopyAxis& axis : axes) {
    if (axis.size == 1) continue;
    if (!outer_.empty() && outer_.back().from == axis.size * axis.from &&
        outer_.back().to == axis.size * axis.to) {
      outer_.back() = {outer_.back().size * axis.size, axis.from, axis.to};
    } else {
      outer_.push_back(axis);
    }
  }
  if (outer_.size() < 2) return;
  const CopyAxis last = outer_.back();
  const int64_t bytes = element_bytes_ * last.size;
  if (last.from != 1 || last.to != 1 || (bytes != 2 && bytes != 4 && bytes != 8 && bytes != 16)) {
    return;
  }
  for (size_t i = 0; i + 1 < outer_.size(); ++i) {
    if (outer_[i].from % last.size != 0 || outer_[i].to % last.size != 0) return;
  }
  outer_.pop_back();
  element_bytes_ = bytes;
  for (CopyAxis& axis : outer_) axis = {axis.size, axis.from / last.size, axis.to / last.size};
}

void StridedCopy::choose_kind() {
  if (!outer_.empty()) {
    inner_ = outer_.back();
    outer_.pop_back();
  }
  kind_ = Kind::strided;
  if (inner_.to != 1) return;
  if (inner_.from == 1) kind_ = Kind::rows;
  if (inner_.from == 0) kind_ = Kind::repeat;
  if (kind_ != Kind::strided) return;
  const auto found = std::ranges::find(outer_, 1, &CopyAxis::from);
  if (found == outer_.end()) return;
  kind_ = Kind::transpose;
  crossed_ = *found;
  outer_.erase(found);
}

template <class E>
void StridedCopy::run_unit(int64_t part, const std::byte* from, std::byte* to) const {
  constexpr auto kSize = static_cast<int64_t>(sizeof(E));
  if (kind_ == Kind::transpose) {
    const int64_t across = (inner_.size + kColumns - 1) / kColumns;
    const int64_t r = part / across * kBlock, c = part % across * kColumns;
    transpose<E>(from + (r + c * inner_.from) * kSize, inner_.from,
                 to + (r * crossed_.to + c) * kSize, crossed_.to,
                 std::min(kBlock, crossed_.size - r), std::min(kColumns, inner_.size - c));
    return;
  }
  const int64_t first = part * kPart, count = std::min(kPart, inner_.size - first);
  const auto* source = reinterpret_cast<const Cell<E>*>(from) + first * inner_.from;
  auto* target = reinterpret_cast<Cell<E>*>(to) + first * inner_.to;
  switch (kind_) {
    case Kind::rows:
      copy_bytes(to + first * kSize, from + first * kSize, static_cast<size_t>(count * kSize));
      return;
    case Kind::repeat: {
      const Cell<E> value = *source;
      for (int64_t i = 0; i < count; ++i) target[i] = value;
      return;
    }
    default:
      for (int64_t i = 0; i < count; ++i) target[i * inner_.to] = source[i * inner_.from];
  }
}

template <class E>
void StridedCopy::run_as(int64_t tile, const std::byte* from, std::byte* to) const {
  constexpr auto kSize = static_cast<int64_t>(sizeof(E));
  const int64_t first = tile * units_a_tile_, last = std::min(units_, first + units_a_tile_);
  Place place(outer_, first / parts_);
  int64_t part = first % parts_;
  for (int64_t unit = first; unit < last; ++unit) {
    run_unit<E>(part, from + place.from * kSize, to + place.to * kSize);
    if (++part < parts_) continue;
    part = 0;
    place.advance(outer_);
  }
}

void StridedCopy::run(int64_t tile, const std::byte* from, std::byte* to) const {
  switch (element_bytes_) {
    case 1:
      return run_as<uint8_t>(tile, from, to);
    case 2:
      return run_as<uint16_t>(tile, from, to);
    case 4:
      return run_as<uint32_t>(tile, from, to);
    case 8:
      return run_as<uint64_t>(tile, from, to);
    default:
      return run_as<Wide>(tile, from, to);
  }
}

}  // namespace hone
