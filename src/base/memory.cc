#include "base/memory.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace hone {
namespace {

// The number after `key` in a file of "Key:   123 kB" lines, in bytes.
size_t read_kilobytes(const char* path, const char* key) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return 0;
  char line[256];
  size_t value = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, key, std::strlen(key)) == 0) {
      unsigned long long number = 0;
      if (std::sscanf(line + std::strlen(key), " %llu", &number) == 1) value = number * 1024;
      break;
    }
  }
  std::fclose(file);
  return value;
}

}  // namespace

Expected<MemoryBlock> MemoryBlock::allocate(size_t bytes, Pages pages) {
  MemoryBlock block;
  if (bytes == 0) return block;
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (data == MAP_FAILED) {
    return fail(Code::limit_exceeded, "the system refuses ", human_bytes(bytes), " of memory");
  }
  if (pages == Pages::huge) ::madvise(data, bytes, MADV_HUGEPAGE);
  block.data_ = static_cast<std::byte*>(data);
  block.size_ = bytes;
  return block;
}

MemoryBlock::~MemoryBlock() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

namespace {

constexpr size_t kLarge = size_t{1} << 20;

}  // namespace

void* allocate_zeroed(size_t bytes) {
  if (bytes < kLarge) {
    void* data = std::calloc(bytes, 1);
    if (data == nullptr) throw std::bad_alloc();
    return data;
  }
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  ::madvise(data, bytes, MADV_HUGEPAGE);
  return data;
}

void free_zeroed(void* data, size_t bytes) noexcept {
  if (bytes < kLarge) {
    std::free(data);
  } else {
    ::munmap(data, bytes);
  }
}

size_t available_memory() { return read_kilobytes("/proc/meminfo", "MemAvailable:"); }
size_t peak_resident_memory() { return read_kilobytes("/proc/self/status", "VmHWM:"); }

}  // namespace hone
