// A Program: a whole graph made ready to run. Most models are one plan; where shapes depend on data
// or a branch is taken, plans alternate with steps on the host. Plain data.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "engine/plan.h"

namespace hone {

struct ProgramValue {
  std::string name;
  Type type;
};

struct Program;

struct ProgramItem {
  enum class Kind : uint8_t {
    plan,    // `plan`, its inputs and outputs in order
    host,    // one step on owned values
    branch,  // operand 0 chooses bodies[0] (true) or bodies[1]; the other operands are their inputs
    loop,    // bodies[0] repeated (ONNX Loop): operands are count?, condition?, carried...,
             // captured...
  };
  Kind kind = Kind::plan;
  Plan plan;
  PlanStep step;                  // of host; op and name of branch and loop
  std::vector<int32_t> operands;  // program values, -1: absent
  std::vector<int32_t> results;
  std::vector<Program> bodies;
};

// A value that lives from run to run: `input` starts as what `output` was at the end of the last
// run. Neither is among a program's inputs and outputs.
struct ProgramState {
  int32_t input = -1, output = -1;
  std::shared_ptr<const std::vector<std::byte>> initial;  // for the first run; null: zeros
};

struct Program {
  std::string name;
  std::vector<Symbol> symbols;
  std::vector<ProgramValue> values;
  std::vector<int32_t> inputs;
  std::vector<int32_t> constants;  // values whose elements are weights that host items read
  std::vector<int32_t> outputs;
  std::vector<ProgramState> states;
  std::vector<ProgramItem> items;
};

}  // namespace hone
