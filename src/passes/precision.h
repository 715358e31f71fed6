// Which steps of a program may multiply numbers coarser than f32.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "engine/program.h"
#include "engine/target.h"

namespace hone::passes {

struct PrecisionWish {
  Precision coarsest = Precision::f32;
  // The names of the steps that it is for; none: of all that can.
  std::optional<std::set<std::string, std::less<>>> only = {};
};

// Steps of f32 on a weight whose op the target multiplies so (TargetDesc::bf16_ops), those of
// bodies too.
void allow_precision(Program& program, const PrecisionWish& wish, const TargetDesc& target);

}  // namespace hone::passes
