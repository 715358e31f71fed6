// Whether plans and programs that were read from a file keep the rules that the runtime builds on:
// every index leads somewhere, a value is made once and before it is read, bodies fit their node.
#pragma once

#include "engine/program.h"

namespace hone {

// corrupt, with the step or item that breaks a rule. Types of results are not checked: the runtime
// infers them anew.
Status check_plan(const Plan& plan);
Status check_program(const Program& program);

}  // namespace hone
