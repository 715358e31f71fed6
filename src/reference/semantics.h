// What an op means: a scalar reference in double, written to be read, and cases that exercise it.
// Each op's reference.cc makes one OpSemantics; the interpreter and the op contract test walk them.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "tensor/view.h"

namespace hone::ir {

// A tensor on the host as the references see it: every element a double, blocks decoded.
struct HostTensor {
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  std::vector<double> data;
  // State only: a record a (sequence, position).
  std::map<std::pair<int64_t, int64_t>, std::vector<double>> records;

  int64_t back() const { return shape.empty() ? 1 : shape.back(); }
  int64_t rows() const { return back() == 0 ? 0 : static_cast<int64_t>(data.size()) / back(); }
  double& at(int64_t row, int64_t column) {
    return data[static_cast<size_t>(row * back() + column)];
  }
  double at(int64_t row, int64_t column) const {
    return data[static_cast<size_t>(row * back() + column)];
  }
};

// Operands (null: absent) in, results out: shapes are set, data has the right size. A result that
// aliases an operand starts as its copy.
struct ReferenceArgs {
  const Attrs& attrs;
  std::span<const HostTensor* const> operands;
  std::span<HostTensor> results;
};

// How the contract test fills an operand of a case. positive: [0.5, 1.5); fraction: [-1, 1).
enum class Fill : uint8_t { normal, positive, fraction, blocks, index, position, sequence };

struct CaseOperand {
  bool present = true;
  DType dtype = DType::f32;
  std::vector<int64_t> shape;
  Fill fill = Fill::normal;
  int64_t limit = 0;      // index: values lie in [0, limit)
  bool is_state = false;  // shape is the record's; filled for every position before the first used
};

struct OpCase {
  std::string name;
  Attrs attrs;
  std::vector<CaseOperand> operands;
  // The largest error allowed, as a multiple of the float epsilon times the result's largest value.
  double tolerance_ulps = 16;
};

// Operands and attributes that infer must refuse with an error that starts with the label. Between
// them an op's bad cases name every constraint of its contract.
struct BadCase {
  std::string_view label;  // "C2"
  Attrs attrs;
  std::vector<CaseOperand> operands;
};

struct OpSemantics {
  const OpDef* op;
  void (*reference)(const ReferenceArgs&);
  std::vector<OpCase> (*cases)();
  // Composite ops: the same result by more primitive ops, or null.
  Expected<ValueId> (*expand)(Builder&, const Node&) = nullptr;
  std::vector<BadCase> (*bad_cases)() = nullptr;  // the contract test demands them
};

std::span<const OpSemantics* const> all_semantics();
const OpSemantics* find_semantics(const OpDef& op);

}  // namespace hone::ir
