// Memory of tensors: aligned to 64 bytes, and kept for the next tensor of the size, since the pages
// of a fresh block cost more than what is written to them.
#pragma once

#include <cstddef>

namespace hone {

// What stays of blocks that are given back, at most.
inline constexpr size_t kMostKeptBytes = size_t{8} << 20;

// From any thread. Null if there is no memory; its contents are undefined.
std::byte* take_tensor_memory(size_t bytes) noexcept;
void give_tensor_memory(std::byte* block, size_t bytes) noexcept;
// What was kept goes back to the system, once the sizes of what follows will be others.
void drop_kept_tensor_memory() noexcept;

}  // namespace hone
