// Weights as kernels want them: packed at the first binding of a step, kept for those that follow.
#pragma once

#include <functional>
#include <map>
#include <memory>
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

// Those of one session. One thread at a time.
class PackedWeights {
 public:
  // `release` is told the bytes that were packed; it may be empty.
  explicit PackedWeights(std::function<void(Bytes)> release) : release_(std::move(release)) {}

  std::shared_ptr<const void>& slot(std::string key) { return made_[std::move(key)]; }
  void count(size_t bytes) { bytes_ += bytes; }
  // Bytes of all that was packed.
  size_t bytes() const { return bytes_; }
  // Whether the weight that begins there was let go.
  bool is_released(const std::byte* weight) const { return released_.contains(weight); }
  void release(const View& weight) {
    if (!release_ || weight.data == nullptr) return;
    released_.insert(weight.data);
    release_({weight.data, static_cast<size_t>(size_bytes(weight.dtype, weight.dims))});
  }

 private:
  std::function<void(Bytes)> release_;
  std::map<std::string, std::shared_ptr<const void>> made_;
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
  std::shared_ptr<const void>& slot = b.packed->slot(std::move(key));
  if (slot == nullptr) {
    const auto made = std::make_shared<const Packed>(make());
    b.packed->count(bytes_held(*made));
    slot = made;
    for (size_t i = first; i < last; ++i) b.packed->release(b.operands[i].view);
  }
  return std::static_pointer_cast<const Packed>(slot);
}

}  // namespace hone
