// What a run of a plan has to read and to multiply at least: what its speed is held against.
#pragma once

#include <span>

#include "engine/plan.h"

namespace hone {

struct RunWork {
  double weight_bytes = 0;  // of the weights, each as often as a step reads it
  double int8_ops = 0;      // multiplications and additions in matrix products on 8-bit codes
};

// Values for the plan's symbols, in its order.
RunWork work_of(const Plan& plan, std::span<const int64_t> symbol_values);

// Bytes of state that attention reads for one token that sees `positions` positions.
double state_bytes(const Plan& plan, int64_t positions);

}  // namespace hone
