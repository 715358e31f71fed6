// The second table of filters.
#pragma once

#include "llm/template/builtins.h"

namespace hone::jinja {

// The filters on lists: join, map, selectattr, sort and so on.
const Builtin* find_list_filter(std::string_view name);

}  // namespace hone::jinja
