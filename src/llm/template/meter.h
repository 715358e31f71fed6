// Meter: the bound on the work of one render. Templates come from model files and are hostile.
#pragma once

#include <cstdint>

#include "base/error.h"

namespace hone::jinja {

// Every evaluated node, produced byte and touched list item is charged, so that one number bounds
// both the time and the memory of a render.
class Meter {
 public:
  explicit Meter(uint64_t budget) : left_(budget) {}

  Status charge(uint64_t work) {
    if (work > left_) {
      left_ = 0;
      return fail(Code::limit_exceeded, "the chat template does too much work; it may be hostile");
    }
    left_ -= work;
    return {};
  }

 private:
  uint64_t left_;
};

inline constexpr uint64_t kNodeWork = 16;  // one evaluated node, about 50 to 100 ns
inline constexpr uint64_t kItemWork = 32;  // one list item or dict entry made

}  // namespace hone::jinja
