// Weights as kernels want them: packed at the first binding of a step, kept for those that follow.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/cpu/step.h"
#include "base/bytes.h"
#include "base/text.h"

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
  void release(const View& weight) {
    if (!release_ || weight.data == nullptr) return;
    const std::lock_guard lock(mutex_);
    release_({weight.data, static_cast<size_t>(size_bytes(weight.dtype, weight.dims))});
  }

 private:
  std::function<void(Bytes)> release_;
  std::mutex mutex_;
  std::map<std::string, Slot> made_;
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
    slot.packed = std::make_shared<const Packed>(make());
    for (size_t i = first; i < last; ++i) b.packed->release(b.operands[i].view);
  }
  return std::static_pointer_cast<const Packed>(slot.packed);
}

}  // namespace hone
