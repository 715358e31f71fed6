// One GGUF file, checked: what the reader joins into a model.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "frontend/gguf/value.h"
#include "tensor/dtype.h"

namespace hone {

struct GgufTensor {
  std::string_view name;
  DType dtype = DType::f32;
  uint32_t rank = 0;
  std::array<int64_t, gguf_limits::kDimensions> ne{1, 1, 1, 1};  // ne[0] is contiguous
  Bytes data;         // all of the tensor, `rows` of row_bytes(dtype, ne[0])
  uint32_t file = 0;  // which file of a split model

  int64_t elements() const { return ne[0] * ne[1] * ne[2] * ne[3]; }
  int64_t rows() const { return ne[1] * ne[2] * ne[3]; }
  // GGUF order, ne0 first.
  std::span<const int64_t> dims() const { return {ne.data(), rank}; }
  // Row-major order as the rest of hone writes shapes: ne0 last.
  std::vector<int64_t> shape() const { return {ne.rend() - rank, ne.rend()}; }
};

struct GgufPart {
  uint32_t version = 0;
  uint64_t alignment = 0;
  std::vector<GgufValue> metadata;  // in file order
  std::vector<GgufTensor> tensors;  // in file order

  const GgufValue* find(std::string_view key) const;
};

// Reads all but the tensors' data, of which it checks that it lies inside the file, is aligned and
// does not overlap. Time is linear in the header (n log n in tensors and keys), memory is bounded
// by the header's size. Everything in the result views `bytes`.
Expected<GgufPart> parse_gguf_part(Bytes bytes);

}  // namespace hone
