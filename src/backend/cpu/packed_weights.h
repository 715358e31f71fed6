// Weights as kernels want them: packed at the first binding of a step, kept for those that follow.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/cpu/step.h"
#include "base/bytes.h"
#include "base/text.h"
#include "tensor/layout/layout.h"

namespace hone {

// Those of one session, for any thread.
class PackedWeights {
 public:
  struct Slot {
    std::mutex making;
    std::shared_ptr<const void> packed;  // null until it is made
  };

  // `release` is told the bytes that were packed, by one thread at a time; it may be empty.
  explicit PackedWeights(std::function<void(Bytes)> release) : release_(std::move(release)) {}

  Slot& slot(std::string key) {
    const std::lock_guard lock(mutex_);
    return made_[std::move(key)];
  }
  void count(size_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes;
  }
  // Bytes of all that was packed.
  size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }
  // Whether the weight that begins there was let go.
  bool is_released(const std::byte* weight) const {
    const std::lock_guard lock(mutex_);
    return released_.contains(weight);
  }
  void release(const View& weight) {
    if (!release_ || weight.data == nullptr) return;
    const std::lock_guard lock(mutex_);
    released_.insert(weight.data);
    release_({weight.data, static_cast<size_t>(size_bytes(weight.dtype, weight.dims))});
  }

 private:
  std::function<void(Bytes)> release_;
  mutable std::mutex mutex_;
  std::map<std::string, Slot> made_;
  std::set<const std::byte*> released_;
  size_t bytes_ = 0;
};

// What `make()` makes, a vector of numbers, of the operands [first, last) of a step. It is made
// once a session if they are weights, and must not depend on anything but them, the attributes, the
// instruction set and the first operand's dtype.
template <class Make>
auto pack_once(const StepBinding& b, size_t first, size_t last, std::string_view variant, Make make)
    -> std::shared_ptr<const decltype(make())> {
  using Packed = decltype(make());
  std::string key =
      cat(b.op->name, ".", variant, b.attrs->text(), ' ', name_of(b.operands[0].view.dtype));
  bool kept = b.packed != nullptr;
  for (size_t i = first; i < last; ++i) {
    const Operand& operand = b.operands[i];
    kept = kept && (operand.is_weight || !operand.present());
    key +=
        cat(' ', reinterpret_cast<uintptr_t>(operand.view.data), ' ', name_of(operand.view.dtype));
    for (const int64_t size : operand.view.dims.sizes()) key += cat(' ', size);
  }
  if (!kept) return std::make_shared<const Packed>(make());
  PackedWeights::Slot& slot = b.packed->slot(std::move(key));
  const std::lock_guard lock(slot.making);
  if (slot.packed == nullptr) {
    const auto made = std::make_shared<const Packed>(make());
    b.packed->count(made->size() * sizeof(*made->data()));
    slot.packed = made;
    for (size_t i = first; i < last; ++i) b.packed->release(b.operands[i].view);
  }
  return std::static_pointer_cast<const Packed>(slot.packed);
}

// Whether it is a weight in a layout that kernels name (CpuKernel::weight_layout). Those of block
// dtypes are another matter: plans say which steps read them.
inline bool is_kernel_layout(const Operand& operand) {
  return operand.layout != kCanonicalLayout && !is_block_quantized(operand.view.dtype);
}

// The operand as it is without such a layout, made once a session.
Operand canonical(const StepBinding& b, size_t operand);

// A step's weight as a kernel reads it: the bytes of the layout, in the session's weights where it
// is stored so, else packed once a session.
class PackedWeight {
 public:
  PackedWeight() = default;
  // As a tensor of `dims`, whose first axis counts `groups` one after another; each begins with a
  // panel of its own.
  PackedWeight(const StepBinding& b, std::string_view layout, const Dims& dims, int64_t groups = 1);

  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(data_);
  }
  // What it is a packed tensor of: rows of groups are filled up to whole panels.
  const Dims& dims() const { return dims_; }

 private:
  const std::byte* data_ = nullptr;
  Dims dims_;
  std::shared_ptr<const void> owner_;
};

// `layout` if a weight of so many groups can be stored in it, else canonical: for
// CpuKernel::weight_layout.
std::string_view storable_layout(const StepBinding& b, std::string_view layout, int64_t groups = 1);

}  // namespace hone
