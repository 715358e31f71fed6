#include "tasks/text_classify.h"

#include <algorithm>
#include <cmath>

#include "tasks/fields.h"

namespace hone {

Expected<TextClassifyOptions> text_classify_options(const Task& task) {
  HONE_TRY(const Fields output, Fields::of(task.fields, "output"));
  TextClassifyOptions options;
  HONE_TRY(options.input, text_input(task));
  HONE_TRY(options.scores, output.text("scores"));
  HONE_TRY(options.activation, activation_of(task, ScoreActivation::softmax));
  return options;
}

Expected<std::vector<Class>> classify_text(const TaskModel& model, const Task& task,
                                           std::span<const int32_t> tokens, size_t top) {
  HONE_TRY(const TextClassifyOptions options, text_classify_options(task));
  HONE_TRY(const Tensor scores, run_text(model, options.input, tokens, options.scores));
  HONE_TRY(const Rows rows, rows_of(scores));
  std::vector<double> values(rows.values.begin(), rows.values.end());
  if (std::ranges::any_of(values, [](double v) { return std::isnan(v); })) {
    return fail(Code::corrupt, "the model's output is not a number (NaN)");
  }
  HONE_RETURN_IF_ERROR(check_labels(task, values.size()));
  activate(values, options.activation);
  std::vector<Class> classes;
  for (size_t i = 0; i < values.size(); ++i) {
    classes.push_back({static_cast<int64_t>(i),
                       i < task.labels.size() ? task.labels[i] : std::string(), values[i]});
  }
  std::ranges::stable_sort(classes, std::ranges::greater{}, &Class::probability);
  classes.resize(std::min(top, classes.size()));
  return classes;
}

}  // namespace hone
