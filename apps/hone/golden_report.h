// What is told of golden samples.
#pragma once

#include <string>

#include "base/json.h"
#include "console.h"
#include "golden_run.h"

namespace hone::cli {

// A line a sample, and the budgets.
std::string golden_text(const EngineGolden& golden, const GoldenVerdict& verdict,
                        const Console& console);
Json golden_json(const EngineGolden& golden, const GoldenVerdict& verdict);

// What an engine says of its samples, without running them.
std::string golden_list(const EngineGolden& golden, const Console& console);
Json golden_list_json(const EngineGolden& golden);

}  // namespace hone::cli
