#include "tensor/layout/codes.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hone {
namespace {

constexpr int64_t kQuad = 4;
constexpr int64_t kWord = kCodeColumns * kQuad;  // bytes of four places of all columns of a block

int64_t quads(int64_t n) { return (n + kQuad - 1) / kQuad; }
int64_t row_length(const Dims& dims) { return dims[0] == 0 ? 0 : dims.elements() / dims[0]; }
int64_t places(const Dims& dims) { return dims[1] == 0 ? 0 : row_length(dims) / dims[1]; }

// Tell of each code of a row, counted by i, where in its column it stands: f(i, place).
struct InOrder {
  template <class F>
  static void each(const Dims& dims, F f) {
    for (int64_t i = 0; i < row_length(dims); ++i) f(i, i);
  }
};
struct ByQuads {
  template <class F>
  static void each(const Dims& dims, F f) {
    const int64_t count = places(dims);
    for (int64_t channel = 0; channel < dims[1]; ++channel) {
      const int64_t first = channel / kQuad * count * kQuad + channel % kQuad;
      for (int64_t i = 0; i < count; ++i) f(channel * count + i, first + i * kQuad);
    }
  }
};

// Where in a block of `depth` the code of a column stands.
int64_t within_block(int64_t column, int64_t place) {
  return place / kQuad * kWord + column % kCodeColumns * kQuad + place % kQuad;
}

// Of a block, as i32; they wrap as the sums of products do.
using ColumnSums = std::array<uint32_t, kCodeColumns>;

// The codes and sums of all blocks.
struct Blocks {
  int8_t* codes;
  std::byte* sums;
  int64_t depth;

  Blocks(std::span<std::byte> packed, const CodePanels& panels)
      : codes(reinterpret_cast<int8_t*>(packed.data())),
        sums(packed.data() + panels.code_bytes()),
        depth(panels.depth) {}
  int8_t* block(int64_t index) const { return codes + index * kCodeColumns * depth; }
  // Begins a block: all of it is zeros.
  int8_t* clear(int64_t index) const {
    return std::fill_n(block(index), kCodeColumns * depth, int8_t{0}) - kCodeColumns * depth;
  }
  void set_sums(int64_t index, const ColumnSums& total) const {
    std::memcpy(sums + static_cast<size_t>(index) * sizeof total, total.data(), sizeof total);
  }
};

uint32_t sum_of(const uint8_t* codes, int64_t count, uint8_t flip) {
  uint32_t sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    sum += static_cast<uint32_t>(static_cast<int8_t>(codes[i] ^ flip));
  }
  return sum;
}

// The codes of a row to its column, whose first word is at `to`.
template <class Places>
void pack_row(const uint8_t* codes, const Dims& dims, uint8_t flip, int8_t* to) {
  Places::each(dims, [&](int64_t i, int64_t place) {
    to[within_block(0, place)] = static_cast<int8_t>(codes[i] ^ flip);
  });
}
// Word by word: the first run of a source file packs all its weights so.
template <>
void pack_row<InOrder>(const uint8_t* codes, const Dims& dims, uint8_t flip, int8_t* to) {
  const uint32_t flips = flip * 0x01010101u;
  int64_t left = row_length(dims);
  for (; left >= kQuad; left -= kQuad, codes += kQuad, to += kWord) {
    uint32_t word;
    std::memcpy(&word, codes, sizeof word);
    word ^= flips;
    std::memcpy(to, &word, sizeof word);
  }
  for (int64_t i = 0; i < left; ++i) to[i] = static_cast<int8_t>(codes[i] ^ flip);
}

template <CodeOrder order>
int64_t packed_bytes(const Dims& dims) {
  if (order == CodeOrder::columns ? dims.rank() != 2 : dims.rank() < 2) return -1;
  // Sums of columns without codes are stored, too: an empty axis excuses no absurd one beside it.
  constexpr int64_t kMostPlaces = int64_t{1} << 40;
  for (const int64_t size : dims.sizes()) {
    if (size > kMostPlaces) return -1;
  }
  return CodePanels::of(dims, order).bytes();
}

template <CodeOrder order, class Places, uint8_t flip>
void pack_rows(Bytes canonical, const Dims& dims, int64_t first, int64_t last,
               std::span<std::byte> packed) {
  const Blocks blocks(packed, CodePanels::of(dims, order));
  const int64_t length = row_length(dims);
  const auto* from = reinterpret_cast<const uint8_t*>(canonical.data());
  for (int64_t panel = first; panel < last; ++panel) {
    int8_t* block = blocks.clear(panel);
    ColumnSums sums{};
    const int64_t end = std::min(dims[0], (panel + 1) * kCodeColumns);
    for (int64_t row = panel * kCodeColumns; row < end; ++row) {
      const uint8_t* codes = from + row * length;
      sums[static_cast<size_t>(row % kCodeColumns)] = sum_of(codes, length, flip);
      pack_row<Places>(codes, dims, flip, block + within_block(row, 0));
    }
    blocks.set_sums(panel, sums);
  }
}

template <CodeOrder order, class Places, uint8_t flip>
void unpack_rows(Bytes packed, const Dims& dims, int64_t row, std::byte* canonical) {
  const int64_t depth = CodePanels::of(dims, order).depth;
  const auto* block =
      reinterpret_cast<const uint8_t*>(packed.data()) + row / kCodeColumns * kCodeColumns * depth;
  Places::each(dims, [&](int64_t i, int64_t place) {
    canonical[i] = static_cast<std::byte>(block[within_block(row, place)] ^ flip);
  });
}

template <uint8_t flip>
void pack_columns(Bytes canonical, const Dims& dims, int64_t first, int64_t last,
                  std::span<std::byte> packed) {
  const Blocks blocks(packed, CodePanels::of(dims, CodeOrder::columns));
  const auto* from = reinterpret_cast<const uint8_t*>(canonical.data());
  for (int64_t panel = first; panel < last; ++panel) {
    int8_t* block = blocks.clear(panel);
    ColumnSums sums{};
    const int64_t column = panel * kCodeColumns, count = std::min(kCodeColumns, dims[1] - column);
    for (int64_t row = 0; row < dims[0]; ++row) {
      for (int64_t c = 0; c < count; ++c) {
        const auto code = static_cast<int8_t>(from[row * dims[1] + column + c] ^ flip);
        block[within_block(c, row)] = code;
        sums[static_cast<size_t>(c)] += static_cast<uint32_t>(code);
      }
    }
    blocks.set_sums(panel, sums);
  }
}

template <uint8_t flip>
void unpack_columns(Bytes packed, const Dims& dims, int64_t row, std::byte* canonical) {
  const int64_t depth = CodePanels::of(dims, CodeOrder::columns).depth;
  const auto* codes = reinterpret_cast<const uint8_t*>(packed.data());
  for (int64_t column = 0; column < dims[1]; ++column) {
    const int64_t block = column / kCodeColumns * kCodeColumns * depth;
    canonical[column] = static_cast<std::byte>(codes[block + within_block(column, row)] ^ flip);
  }
}

template <DType dtype, CodeOrder order, class Places>
constexpr Layout of_rows(std::string_view id) {
  constexpr uint8_t kFlip = dtype == DType::u8 ? 0x80 : 0;
  return {id,
          dtype,
          kCodeColumns,
          0,
          packed_bytes<order>,
          pack_rows<order, Places, kFlip>,
          unpack_rows<order, Places, kFlip>};
}
template <DType dtype>
constexpr Layout of_columns(std::string_view id) {
  constexpr uint8_t kFlip = dtype == DType::u8 ? 0x80 : 0;
  return {id,
          dtype,
          kCodeColumns,
          1,
          packed_bytes<CodeOrder::columns>,
          pack_columns<kFlip>,
          unpack_columns<kFlip>};
}

// By dtype, and by CodeOrder.
constexpr std::array kLayouts = {
    of_rows<DType::i8, CodeOrder::rows, InOrder>("i8.codes16.v1"),
    of_columns<DType::i8>("i8.codes16.columns.v1"),
    of_rows<DType::i8, CodeOrder::quads, ByQuads>("i8.codes16.quads.v1"),
    of_rows<DType::u8, CodeOrder::rows, InOrder>("u8.codes16.v1"),
    of_columns<DType::u8>("u8.codes16.columns.v1"),
    of_rows<DType::u8, CodeOrder::quads, ByQuads>("u8.codes16.quads.v1"),
};

}  // namespace

std::span<const Layout> code_layouts() { return kLayouts; }

std::string_view code_layout(DType dtype, CodeOrder order) {
  const size_t first = dtype == DType::u8 ? 3 : 0;
  return kLayouts[first + static_cast<size_t>(order)].id;
}

CodePanels CodePanels::of(const Dims& dims, CodeOrder order) {
  const auto blocks = [](int64_t columns) { return (columns + kCodeColumns - 1) / kCodeColumns; };
  switch (order) {
    case CodeOrder::columns:
      return {blocks(dims[1]), quads(dims[0]) * kQuad};
    case CodeOrder::quads:
      return {blocks(dims[0]), quads(dims[1]) * kQuad * places(dims)};
    case CodeOrder::rows:
      break;
  }
  return {blocks(dims[0]), quads(row_length(dims)) * kQuad};
}

}  // namespace hone
