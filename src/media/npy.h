// NumPy's .npy files: one array of numbers with its dtype and shape (numpy.lib.format, versions 1
// to 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "tensor/dtype.h"

namespace hone {

inline constexpr size_t kMaxNpyRank = 32;
inline constexpr size_t kMaxNpyHeader = 65536;

// Numbers in row-major order, little-endian; booleans are 0 or 1.
struct NpyArray {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;  // as many as dtype and shape say
};

// Floats of 2, 4 and 8 bytes, integers of 1 to 8 with and without sign, booleans; either byte
// order, row-major or Fortran order. Anything else is unsupported; bytes missing or left over are
// corrupt.
Expected<NpyArray> parse_npy(Bytes file);
Expected<NpyArray> read_npy(const std::string& path);

// Version 1, little-endian, row-major. NumPy has no bf16: such numbers become f32, which holds them
// exactly. Other dtypes are invalid, as are bytes that do not fit the shape.
Expected<std::string> npy_text(const NpyArray& array);
// Readers see the old file or the whole new one.
Status write_npy(const std::string& path, const NpyArray& array);

}  // namespace hone
