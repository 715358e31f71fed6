// Large blocks of memory straight from the OS: zeroed, page-aligned, taken when first touched.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "base/error.h"

namespace hone {

// Move only.
class MemoryBlock {
 public:
  // Asks for huge pages where the OS offers them: they cost fewer faults and fewer TLB misses.
  enum class Pages { normal, huge };
  static Expected<MemoryBlock> allocate(size_t bytes, Pages pages = Pages::normal);

  MemoryBlock() = default;
  MemoryBlock(MemoryBlock&& other) noexcept { swap(other); }
  MemoryBlock& operator=(MemoryBlock&& other) noexcept {
    swap(other);
    return *this;
  }
  ~MemoryBlock();

  std::byte* data() const { return data_; }
  size_t size() const { return size_; }
  std::span<std::byte> bytes() const { return {data_, size_}; }

 private:
  void swap(MemoryBlock& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

// Bytes of memory the OS could give this process now without swapping, or 0 if it does not say.
size_t available_memory();
// The most memory this process has held at once, in bytes; 0 if the OS does not say.
size_t peak_resident_memory();

}  // namespace hone
