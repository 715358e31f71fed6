// Large blocks of memory straight from the OS: zeroed, page-aligned, taken when first touched.
#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <utility>
#include <vector>

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

// Zeroed memory; much of it at once straight from the OS, in huge pages where it offers them.
// Throws std::bad_alloc.
void* allocate_zeroed(size_t bytes);
void free_zeroed(void* data, size_t bytes) noexcept;

// For vectors of numbers that get their size once: elements without a value are not written.
template <class T>
struct ZeroedAllocator {
  using value_type = T;
  T* allocate(size_t count) { return static_cast<T*>(allocate_zeroed(count * sizeof(T))); }
  void deallocate(T* data, size_t count) noexcept { free_zeroed(data, count * sizeof(T)); }
  template <class U>
  void construct(U*) noexcept {}
  template <class U, class... Values>
  void construct(U* at, Values&&... values) {
    ::new (static_cast<void*>(at)) U(std::forward<Values>(values)...);
  }
  bool operator==(const ZeroedAllocator&) const = default;
};
template <class T>
using ZeroedVector = std::vector<T, ZeroedAllocator<T>>;

// Bytes of memory the OS could give this process now without swapping, or 0 if it does not say.
size_t available_memory();
// The most memory this process has held at once, in bytes; 0 if the OS does not say.
size_t peak_resident_memory();

}  // namespace hone
