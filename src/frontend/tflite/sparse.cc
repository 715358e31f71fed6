// A sparse tensor is a tree: a level for each dimension in the order of traversal, then one for
// each dimension of a block. A node of a dense level has a child for every index; one of a sparse
// level (CSR) has those children that `segments` and `indices` list. The leaves are the stored
// values. As parents of one level are numbered from 0 and their children follow each other, walking
// down level by level needs the numbers only: places[i] is where node i's part of the result
// begins.
#include "frontend/tflite/sparse.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "tensor/shape.h"

namespace hone::tflite {
namespace {

using schema::DimensionType;

// What a level's index counts: `size` steps of `stride` elements of the result.
struct Step {
  int64_t size = 1;
  int64_t stride = 0;
};

template <class... Parts>
std::unexpected<Error> wrong(const Parts&... parts) {
  return fail(Code::corrupt, "its sparse data is wrong: ", parts...,
              "; the file is damaged or was written wrongly");
}

// The tensor's dimensions come first, each once, then the block's.
Status check_order(const Sparsity& sparsity, size_t rank) {
  const size_t blocks = sparsity.block_map.size();
  if (sparsity.traversal_order.size() != rank + blocks || sparsity.levels.size() != rank + blocks ||
      rank + blocks > 2 * kMaxRank) {
    return wrong("it orders ", sparsity.traversal_order.size(), " and describes ",
                 sparsity.levels.size(), " dimensions where there are ", rank + blocks);
  }
  std::array<bool, 2 * kMaxRank> seen{};
  for (size_t i = 0; i < rank + blocks; ++i) {
    const int64_t dimension = sparsity.traversal_order[i];
    const size_t begin = i < rank ? 0 : rank;
    const size_t end = i < rank ? rank : rank + blocks;
    if (dimension < static_cast<int64_t>(begin) || dimension >= static_cast<int64_t>(end) ||
        seen[static_cast<size_t>(dimension)]) {
      return wrong("place ", i, " of the order of traversal is dimension ", dimension);
    }
    seen[static_cast<size_t>(dimension)] = true;
  }
  return {};
}

// Cuts the dimensions that have blocks into blocks and what is inside. By dimension, the tensor's
// first.
Status cut_blocks(const Sparsity& sparsity, size_t rank, std::span<Step> steps) {
  for (size_t level = sparsity.levels.size(); level-- > rank;) {  // the innermost first
    const auto dimension = static_cast<size_t>(sparsity.traversal_order[level]);
    const int64_t mapped = sparsity.block_map[dimension - rank];
    const int64_t size = sparsity.levels[level].dense_size;
    if (sparsity.levels[level].format != DimensionType::DENSE || size <= 0) {
      return wrong("a block is not dense, or of size ", size);
    }
    if (mapped < 0 || mapped >= static_cast<int64_t>(rank)) {
      return wrong("a block is part of dimension ", mapped, " of ", rank);
    }
    Step& outer = steps[static_cast<size_t>(mapped)];
    if (outer.size % size != 0) {
      return wrong("a dimension of ", outer.size, " is cut into blocks of ", size);
    }
    steps[dimension] = {size, outer.stride};
    outer = {outer.size / size, outer.stride * size};
  }
  return {};
}

// By level.
Expected<std::vector<Step>> plan(const Sparsity& sparsity, PackedView<int32_t> shape) {
  const size_t rank = shape.size();
  HONE_RETURN_IF_ERROR(check_order(sparsity, rank));
  std::array<Step, 2 * kMaxRank> by_dimension{};
  int64_t stride = 1;
  for (size_t i = rank; i-- > 0;) {
    by_dimension[i] = {shape[i], stride};
    stride *= shape[i];
  }
  HONE_RETURN_IF_ERROR(cut_blocks(sparsity, rank, by_dimension));
  std::vector<Step> steps;
  for (const int32_t dimension : sparsity.traversal_order) {
    steps.push_back(by_dimension[static_cast<size_t>(dimension)]);
  }
  return steps;
}

// The most nodes a level can have: each is a segment of the next sparse level, or a stored value.
size_t largest_level(const Sparsity& sparsity, size_t values) {
  size_t largest = values;
  for (const Sparsity::Level& level : sparsity.levels) {
    largest = std::max(largest, level.segments.size());
  }
  return largest;
}

Expected<std::vector<int64_t>> dense_level(const Sparsity::Level& level, Step step,
                                           std::span<const int64_t> places, size_t largest) {
  if (level.dense_size != step.size) {
    return wrong("a level has ", level.dense_size, " entries for a dimension of ", step.size);
  }
  if (places.size() > largest / static_cast<size_t>(step.size)) {
    return wrong("a level has more than the ", largest, " entries that are stored");
  }
  std::vector<int64_t> children;
  children.reserve(places.size() * static_cast<size_t>(step.size));
  for (const int64_t place : places) {
    for (int64_t i = 0; i < step.size; ++i) children.push_back(place + i * step.stride);
  }
  return children;
}

// Indices of one parent rise, so that no place comes twice and a level is never larger than the
// result.
Expected<std::vector<int64_t>> sparse_level(const Sparsity::Level& level, Step step,
                                            std::span<const int64_t> places) {
  const IndexView& segments = level.segments;
  const IndexView& indices = level.indices;
  const auto count = static_cast<int64_t>(indices.size());
  if (segments.size() != places.size() + 1) {
    return wrong("a level has ", segments.size(), " borders for ", places.size(), " segments");
  }
  if (segments[0] != 0 || segments[places.size()] != count) {
    return wrong("a level's segments do not hold its ", count, " indices");
  }
  std::vector<int64_t> children;
  children.reserve(indices.size());
  for (size_t parent = 0; parent < places.size(); ++parent) {
    const int64_t end = segments[parent + 1];
    if (end < segments[parent] || end > count) return wrong("a level's segments do not rise");
    int64_t before = -1;
    for (int64_t i = segments[parent]; i < end; ++i) {
      const int64_t index = indices[static_cast<size_t>(i)];
      if (index <= before || index >= step.size) {
        return wrong("index ", index, " after ", before, " in a dimension of ", step.size);
      }
      children.push_back(places[parent] + index * step.stride);
      before = index;
    }
  }
  return children;
}

}  // namespace

Expected<std::vector<std::byte>> densify(const Sparsity& sparsity, PackedView<int32_t> shape,
                                         Bytes values, size_t element_bytes) {
  HONE_TRY(const std::vector<Step> steps, plan(sparsity, shape));
  size_t elements = 1;
  for (const int32_t size : shape) elements *= static_cast<size_t>(size);
  const size_t stored = values.size() / element_bytes;
  const size_t largest = largest_level(sparsity, stored);
  std::vector<int64_t> places{0};
  for (size_t i = 0; i < steps.size(); ++i) {
    const Sparsity::Level& level = sparsity.levels[i];
    if (level.format != DimensionType::DENSE && level.format != DimensionType::SPARSE_CSR) {
      return fail(Code::unsupported, "its sparse data is of format ",
                  static_cast<int32_t>(level.format), ", which is newer than hone's schema");
    }
    HONE_TRY(places, level.format == DimensionType::DENSE
                         ? dense_level(level, steps[i], places, largest)
                         : sparse_level(level, steps[i], places));
  }
  if (stored < places.size()) {
    return wrong(places.size(), " values are listed and ", stored, " stored");
  }
  std::vector<std::byte> out(elements * element_bytes);
  for (size_t i = 0; i < places.size(); ++i) {
    std::memcpy(out.data() + static_cast<size_t>(places[i]) * element_bytes,
                values.data() + i * element_bytes, element_bytes);
  }
  return out;
}

}  // namespace hone::tflite
