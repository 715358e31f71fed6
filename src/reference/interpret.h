// Runs a graph by the ops' references, in double: the oracle for passes, plans and kernels. Slow.
#pragma once

#include <map>
#include <string>

#include "reference/semantics.h"

namespace hone::ir {

// What stays between runs: the records of each state, by its name.
using HostStates = std::map<std::string, HostTensor>;

// Inputs by name; returns the outputs by name. Symbols take their values from the inputs' shapes.
// Every value is rounded to float as a kernel would store it.
Expected<std::map<std::string, HostTensor>> interpret(
    const Graph& graph, const std::map<std::string, HostTensor>& inputs, HostStates& states);

// A constant's elements, decoded by its dtype's codec.
Expected<HostTensor> decode(const TensorType& type, Bytes bytes);

}  // namespace hone::ir
