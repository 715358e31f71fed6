// A model as tasks run it: with the names of its tensors, and outputs as rows of floats.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "runtime/program_session.h"
#include "tasks/task.h"

namespace hone {

struct Outputs {
  std::vector<std::string> names;
  std::vector<Tensor> tensors;  // as many; one that is no tensor is empty

  const Tensor* find(std::string_view name) const;  // null if there is none
};

// The session must outlive this.
struct TaskModel {
  ProgramSession* session = nullptr;
  std::vector<std::string> inputs;   // names as the file has them
  std::vector<std::string> outputs;  // likewise

  const Type& input_type(size_t index) const;
  // Where the input of that name stands; an error that lists them if there is none.
  Expected<size_t> input_index(std::string_view name) const;
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
