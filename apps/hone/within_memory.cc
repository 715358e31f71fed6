#include "within_memory.h"

#include <new>
#include <stdexcept>

namespace hone::cli {

Expected<int> within_memory(const std::function<Expected<int>()>& work) {
  const auto too_much = [] {
    return fail(Code::limit_exceeded,
                "this needs more memory than there is; give it a smaller model or smaller inputs");
  };
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return too_much();
  } catch (const std::length_error&) {  // a vector of more than can be addressed
    return too_much();
  }
}

}  // namespace hone::cli
