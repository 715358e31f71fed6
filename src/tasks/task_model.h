// A model as tasks run it: with the names of its tensors, and outputs as rows of floats.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/program_session.h"
#include "tasks/task.h"

namespace hone {

// What the integers of a quantized tensor stand for: (code - zero) * scale.
struct Codes {
  double scale = 1;
  double zero = 0;
};

struct Outputs {
  std::vector<std::string> names;
  std::vector<Tensor> tensors;  // as many; one that is no tensor is empty
  std::vector<double> steps;    // between the numbers of one that was codes; fewer or 0: it was not

  const Tensor* find(std::string_view name) const;  // null if there is none
};

// The session must outlive this.
struct TaskModel {
  ProgramSession* session = nullptr;
  std::vector<std::string> inputs;               // names as the file has them
  std::vector<std::string> outputs;              // likewise
  std::vector<std::optional<Codes>> codes = {};  // of the outputs, as far as it is known

  const Type& input_type(size_t index) const;
  // Where the input of that name stands; an error that lists them if there is none.
  Expected<size_t> input_index(std::string_view name) const;
  // Codes come out as the numbers they stand for, in f32.
  Expected<Outputs> run(std::span<const RunValue> values) const;
};

// A part of a task that takes several models.
struct TaskPart {
  TaskModel model;
  Task task;
};

// Numbers of a tensor, row by row; the last axis makes a row.
struct Rows {
  std::vector<float> values;
  int64_t rows = 0;
  int64_t columns = 0;

  std::span<const float> row(int64_t index) const {
    return {values.data() + index * columns, static_cast<size_t>(columns)};
  }
};

// Any plain numbers; text is an error, as is what has no elements.
Expected<Rows> rows_of(const Tensor& tensor);

}  // namespace hone
