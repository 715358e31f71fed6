#include "tensor/shape.h"

#include <algorithm>

namespace hone {

bool is_static(const Shape& shape) { return std::ranges::none_of(shape, &Dim::is_symbol); }

std::string to_text(const Shape& shape, std::span<const Symbol> symbols) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) out += ", ";
    if (!shape[i].is_symbol()) {
      append(out, shape[i].value());
    } else if (shape[i].is_unknown()) {
      out += '?';
    } else {
      const auto index = static_cast<size_t>(shape[i].symbol_index());
      out += index < symbols.size() ? symbols[index].name : cat("?", index);
    }
  }
  return out + "]";
}

Dims::Dims(std::span<const int64_t> sizes) : rank_(sizes.size()) {
  HONE_CHECK(rank_ <= kMaxRank);
  std::copy(sizes.begin(), sizes.end(), sizes_.begin());
}

Dims::Dims(const Shape& shape, std::span<const int64_t> symbol_values) : rank_(shape.size()) {
  HONE_CHECK(rank_ <= kMaxRank);
  for (size_t i = 0; i < rank_; ++i) {
    sizes_[i] = shape[i].is_symbol() ? symbol_values[static_cast<size_t>(shape[i].symbol_index())]
                                     : shape[i].value();
  }
}

int64_t Dims::elements() const {
  int64_t count = 1;
  for (size_t i = 0; i < rank_; ++i) count *= sizes_[i];
  return count;
}

}  // namespace hone
