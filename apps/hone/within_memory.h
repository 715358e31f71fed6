// The last place to meet what the standard library throws where memory ends.
#pragma once

#include <functional>

#include "base/error.h"

namespace hone::cli {

// What `work` returns; or limit_exceeded if it asked for more memory than there is.
Expected<int> within_memory(const std::function<Expected<int>()>& work);

}  // namespace hone::cli
