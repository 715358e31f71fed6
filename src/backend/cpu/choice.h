// Which kernel runs a step: the first variant that accepts it, or what a Tuning names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/cpu/step.h"
#include "engine/tuning.h"

namespace hone {

// A kernel and the size of its tiles.
struct KernelOption {
  std::string_view variant;
  int grain = 0;
  bool operator==(const KernelOption&) const = default;
};

// All that a step's kernels see but for addresses and elements: steps of equal texts run alike.
// "conv(strides=2,2) f32[1,3,224,224] f32[32,3,3,3]w > f32[1,32,112,112] avx2 2 threads"
std::string step_text(const StepBinding& binding);

// What may stand for the kernel that is taken without a Tuning, which comes first: others that give
// the same bits, and itself with tiles of other sizes. Empty: no kernel accepts.
std::vector<KernelOption> kernel_options(const StepBinding& binding);

// What a kernel of an op computes in.
Precision precision_of(std::string_view op, std::string_view variant);

// The step by the kernel that `tuning` (null: none) names for `text`, where that is one of
// kernel_options; else the first that accepts; else bind_widened's. Null if no kernel can run it.
ChosenStep bind_tuned(const StepBinding& binding, const Tuning* tuning, std::string_view text);

}  // namespace hone
