// The Plan: what a graph becomes once it is decided how to run it, as plain data. It names ops,
// attributes, shapes and weight layouts, never kernels: those are the device's choice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/precision.h"
#include "ops/define.h"
#include "tensor/layout/layout.h"
#include "tensor/type.h"

namespace hone {

enum class Storage : uint8_t {
  input,   // copied in at each run
  weight,  // bytes of the model, in `layout`
  state,   // kept between runs, a record a (sequence, position)
  arena,   // made by a step; shares memory with values that live at other times
  alias,   // the same bytes as value `alias_of`, which is no alias
};

struct PlanValue {
  std::string name;
  TensorType type;
  bool type_known = true;  // false: dtype and rank, too, follow from the inputs
  bool at_bind = false;    // of an input: its elements steer shapes, and are part of what is bound
  Storage storage = Storage::arena;
  int32_t alias_of = -1;
  std::string layout{kCanonicalLayout};
};

struct PlanStep {
  const OpDef* op = nullptr;
  std::string name;
  Attrs attrs;
  std::vector<int32_t> operands;  // values, -1: absent
  std::vector<int32_t> results;
  enum class Kind : uint8_t {
    run,      // at each run, by a kernel
    alias,    // not at all: its result is its operand under another shape
    at_bind,  // when the plan is bound: its results follow from shapes and known elements
  };
  Kind kind = Kind::run;
  Precision precision = Precision::f32;
  int32_t group = 0;  // steps of one group do not depend on each other and run side by side
};

struct Plan {
  std::string name;
  std::vector<Symbol> symbols;
  std::vector<PlanValue> values;
  std::vector<PlanStep> steps;  // by group
  std::vector<int32_t> inputs;  // the values of Storage::input, in order
  std::vector<int32_t> outputs;

  // The value whose memory `value` stands in.
  int32_t root(int32_t value) const {
    const PlanValue& at = values[static_cast<size_t>(value)];
    return at.storage == Storage::alias ? at.alias_of : value;
  }
  int32_t find(std::string_view value_name) const {
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i].name == value_name) return static_cast<int32_t>(i);
    }
    return -1;
  }
};

}  // namespace hone
