// Which steps of a program may compute in something else than plain f32.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "engine/program.h"
#include "engine/target.h"

namespace hone::passes {

struct PrecisionWish {
  Precision all = Precision::f32;  // of steps that are not named
  std::map<std::string, Precision, std::less<>> steps = {};
};

// Steps of f32 on a weight whose op the target computes so (TargetDesc::bf16_ops, winograd_ops),
// those of bodies too.
void allow_precision(Program& program, const PrecisionWish& wish, const TargetDesc& target);

}  // namespace hone::passes
