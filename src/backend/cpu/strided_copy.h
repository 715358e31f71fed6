// Copies of elements along axes with a stride on each side: transposes, slices, repetitions, parts
// of larger tensors. As fast as memory where either side is contiguous.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tensor/shape.h"

namespace hone {

struct CopyAxis {
  int64_t size;
  int64_t from;  // elements from one to the next in the source; 0 repeats, negative walks back
  int64_t to;    // the same in the target, where no two may meet
};

// Elements between neighbors along each axis of a dense tensor.
std::array<int64_t, kMaxRank> dense_strides(const Dims& dims);

class StridedCopy {
 public:
  // Axes outermost first; elements of 1, 2, 4 or 8 bytes.
  StridedCopy(int64_t element_bytes, std::span<const CopyAxis> axes);

  // Parts of the work, for threads in any order; 0 if there is nothing to copy.
  int64_t tiles() const { return tiles_; }
  void run(int64_t tile, const std::byte* from, std::byte* to) const;

 private:
  enum class Kind : uint8_t { rows, repeat, strided, transpose };
  struct Place;
  void simplify(std::span<const CopyAxis> axes);
  void choose_kind();
  template <class E>
  void run_as(int64_t tile, const std::byte* from, std::byte* to) const;
  template <class E>
  void run_unit(int64_t part, const std::byte* from, std::byte* to) const;

  int64_t element_bytes_;
  std::vector<CopyAxis> outer_;
  CopyAxis inner_{1, 1, 1};
  CopyAxis crossed_{1, 1, 1};  // of transpose: the axis that is contiguous in the source
  Kind kind_ = Kind::rows;
  int64_t parts_ = 1;  // of one place of the outer axes
  int64_t units_ = 0;  // parts of all places
  int64_t units_a_tile_ = 1;
  int64_t tiles_ = 0;
};

}  // namespace hone
