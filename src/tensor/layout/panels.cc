#include "tensor/layout/panels.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hone {
namespace {

int64_t rounded_up(int64_t n, int64_t unit) { return (n + unit - 1) / unit * unit; }
// Bytes are copied number by number: those of a file need not be aligned.
constexpr int64_t kSize = sizeof(float);

int64_t row_length(const Dims& dims) { return dims[0] == 0 ? 0 : dims.elements() / dims[0]; }

template <int64_t width>
int64_t bytes_of_rows(const Dims& dims) {
  if (dims.rank() == 0) return -1;
  if (dims.elements() == 0) return 0;
  return rounded_up(dims[0], width) * row_length(dims) * kSize;
}

template <int64_t width>
void pack_rows(Bytes canonical, const Dims& dims, int64_t first, int64_t last,
               std::span<std::byte> packed) {
  const int64_t length = row_length(dims);
  const std::byte* from = canonical.data() + first * width * length * kSize;
  for (int64_t row = first * width; row < last * width; ++row) {
    auto* to = reinterpret_cast<float*>(packed.data()) + row / width * width * length + row % width;
    if (row >= dims[0]) {
      for (int64_t i = 0; i < length; ++i) to[i * width] = 0.0f;
      continue;
    }
    for (int64_t i = 0; i < length; ++i, from += kSize) std::memcpy(to + i * width, from, kSize);
  }
}

template <int64_t width>
void unpack_row_of_rows(Bytes packed, const Dims& dims, int64_t row, std::byte* canonical) {
  const int64_t length = row_length(dims);
  const auto* from =
      reinterpret_cast<const float*>(packed.data()) + row / width * width * length + row % width;
  for (int64_t i = 0; i < length; ++i) std::memcpy(canonical + i * kSize, from + i * width, kSize);
}

template <int64_t width>
int64_t bytes_of_columns(const Dims& dims) {
  if (dims.rank() != 2) return -1;
  if (dims.elements() == 0) return 0;
  return dims[0] * rounded_up(dims[1], width) * kSize;
}

template <int64_t width>
void pack_columns(Bytes canonical, const Dims& dims, int64_t first, int64_t last,
                  std::span<std::byte> packed) {
  auto* to = reinterpret_cast<float*>(packed.data()) + first * dims[0] * width;
  for (int64_t panel = first; panel < last; ++panel) {
    const int64_t column = panel * width, count = std::min(width, dims[1] - column);
    for (int64_t row = 0; row < dims[0]; ++row, to += width) {
      std::memcpy(to, canonical.data() + (row * dims[1] + column) * kSize,
                  static_cast<size_t>(count * kSize));
      std::fill(to + count, to + width, 0.0f);
    }
  }
}

template <int64_t width>
void unpack_row_of_columns(Bytes packed, const Dims& dims, int64_t row, std::byte* canonical) {
  const std::byte* from = packed.data() + row * width * kSize;
  for (int64_t column = 0; column < dims[1]; column += width, from += dims[0] * width * kSize) {
    const int64_t count = std::min(width, dims[1] - column);
    std::memcpy(canonical + column * kSize, from, static_cast<size_t>(count * kSize));
  }
}

template <int64_t width>
constexpr Layout of_rows(std::string_view id) {
  return {
      id, DType::f32, width, 0, bytes_of_rows<width>, pack_rows<width>, unpack_row_of_rows<width>};
}
template <int64_t width>
constexpr Layout of_columns(std::string_view id) {
  return {id,
          DType::f32,
          width,
          1,
          bytes_of_columns<width>,
          pack_columns<width>,
          unpack_row_of_columns<width>};
}

constexpr std::array kLayouts = {
    of_rows<6>("f32.rows6.v1"),         of_rows<8>("f32.rows8.v1"),
    of_rows<16>("f32.rows16.v1"),       of_rows<32>("f32.rows32.v1"),
    of_columns<16>("f32.columns16.v1"), of_columns<32>("f32.columns32.v1"),
};

std::string_view find(size_t axis, int64_t width) {
  for (const Layout& layout : kLayouts) {
    if (layout.panel_axis == axis && layout.panel_size == width) return layout.id;
  }
  return kCanonicalLayout;
}

}  // namespace

std::span<const Layout> panel_layouts() { return kLayouts; }
std::string_view row_panels(int64_t width) { return find(0, width); }
std::string_view column_panels(int64_t width) { return find(1, width); }

}  // namespace hone
