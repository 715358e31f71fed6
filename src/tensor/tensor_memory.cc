#include "tensor/tensor_memory.h"

#include <array>
#include <mutex>
#include <new>
#include <utility>

namespace hone {
namespace {

constexpr std::align_val_t kAlign{64};
constexpr size_t kSmallest = size_t{1} << 17;  // smaller ones the heap keeps by itself

void release(std::byte* block) noexcept { operator delete[](block, kAlign); }

constexpr size_t kBlocks = 8;

// The blocks that were given back last, as far as they fit.
class KeptBlocks {
 public:
  std::byte* take(size_t bytes) {
    const std::scoped_lock lock(mutex_);
    for (Block& block : blocks_) {
      if (block.bytes != bytes) continue;
      bytes_ -= bytes;
      block.bytes = 0;
      return std::exchange(block.data, nullptr);
    }
    return nullptr;
  }

  // In place of those that were given back first.
  void give(std::byte* data, size_t bytes) {
    const std::scoped_lock lock(mutex_);
    drop(blocks_[next_]);
    for (size_t i = next_ + 1; bytes_ + bytes > kMostKeptBytes; ++i) drop(blocks_[i % kBlocks]);
    blocks_[next_] = {data, bytes};
    bytes_ += bytes;
    next_ = (next_ + 1) % kBlocks;
  }

  void drop_all() {
    const std::scoped_lock lock(mutex_);
    for (Block& block : blocks_) drop(block);
  }

 private:
  struct Block {
    std::byte* data = nullptr;
    size_t bytes = 0;
  };
  void drop(Block& block) {
    release(block.data);
    bytes_ -= block.bytes;
    block = {};
  }

  std::mutex mutex_;
  std::array<Block, kBlocks> blocks_;
  size_t next_ = 0, bytes_ = 0;
};

// Never destroyed: tensors may live longer than what this file could order.
KeptBlocks& kept() {
  static auto* blocks = new KeptBlocks;
  return *blocks;
}

}  // namespace

std::byte* take_tensor_memory(size_t bytes) noexcept {
  if (bytes >= kSmallest) {
    if (std::byte* block = kept().take(bytes)) return block;
  }
  return static_cast<std::byte*>(operator new[](bytes, kAlign, std::nothrow));
}

void give_tensor_memory(std::byte* block, size_t bytes) noexcept {
  if (bytes >= kSmallest && bytes <= kMostKeptBytes) return kept().give(block, bytes);
  release(block);
}

void drop_kept_tensor_memory() noexcept { kept().drop_all(); }

}  // namespace hone
