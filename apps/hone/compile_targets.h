// The processors that `hone compile --target` makes an engine for.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "backend/cpu/engine_targets.h"
#include "base/json.h"
#include "command.h"
#include "engine/packs.h"
#include "engine/tuning.h"

namespace hone::cli {

// Of texts such as "native" and "x86-avx2,arm-dotprod", each target once; this processor if there
// are none. Tells of those that hone has no kernels for.
Expected<std::vector<EngineTarget>> read_targets(std::span<const std::string> texts,
                                                 Context& context);

// Whether one is what this processor runs: only then is it worth measuring here.
bool are_for_here(std::span<const EngineTarget> targets);

// Of a timing cache, what was measured on other processors of the targets' instruction sets.
std::vector<Tuning> measured_elsewhere(std::span<const Tuning> cache,
                                       std::span<const EngineTarget> targets);

// "x86-avx512vnni 13 MB, arm-dotprod 8 MB more"
std::string targets_text(std::span<const TargetShare> shares);
Json targets_json(std::span<const TargetShare> shares);

}  // namespace hone::cli
