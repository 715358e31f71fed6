// The fields that a task's description may have (docs/tasks.md).
#pragma once

#include "base/error.h"
#include "base/json.h"

namespace hone {

// Refuses a kind or a field that no task has, with the nearest that there is. "$schema" and
// "comment" may stand in every object.
Status check_known_fields(const Json& task);

}  // namespace hone
