// Targets: the processors that an engine is made for, by the names that people write and that
// engines hold. Weights lie in it as the kernels of each target's instruction set read them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cpu/isa.h"
#include "base/error.h"

namespace hone {

struct EngineTarget {
  std::string_view name;     // frozen: engines hold it
  std::optional<Isa> isa;    // none: weights stay canonical, as no kernel in particular wants them
  bool has_kernels = true;   // of its own; else it runs those of `isa`
  std::string_view meaning;  // "x86-64 with AVX2, FMA and F16C"
};

std::span<const EngineTarget> engine_targets();
// That of an instruction set.
const EngineTarget& target_of(Isa isa);
// "x86-avx2", or "native" for the best of this processor's; not_found names those there are.
Expected<EngineTarget> find_target(std::string_view name);

// Whether this processor is one of the target's, and runs it by kernels that read weights so.
bool is_for_here(const EngineTarget& target);

// Of an engine's targets by name, the one whose weights the kernels of `isa` read with the least
// work: its own, else one whose kernels read alike, else canonical ones, else the first.
size_t nearest_target(std::span<const std::string> names, Isa isa);

}  // namespace hone
