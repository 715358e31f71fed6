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

namespace hone {

// Bytes that hold what was packed.
template <class T>
size_t bytes_held(const T& packed) {
  if constexpr (requires { packed.bytes_held(); }) {
    return packed.bytes_held();
  } else if constexpr (requires { packed.data(), packed.size(); }) {
    return packed.size() * sizeof(*packed.data());
  } else {
    return sizeof packed;
  }
}

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

// What `make()` makes of the operands [first, last) of a step. It is made once a session if they
// are weights, and must not depend on anything but them, the attributes, the instruction set and
// the first operand's dtype.
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
    b.packed->count(bytes_held(*made));
    slot.packed = made;
    for (size_t i = first; i < last; ++i) b.packed->release(b.operands[i].view);
  }
  return std::static_pointer_cast<const Packed>(slot.packed);
}

}  // namespace hone
