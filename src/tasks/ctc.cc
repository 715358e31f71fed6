#include "tasks/ctc.h"

#include <algorithm>

namespace hone {

Expected<ReadText> read_ctc(std::span<const float> scores, std::span<const std::string> signs,
                            size_t blank) {
  const size_t columns = signs.size();
  if (columns == 0 || scores.size() % columns != 0) {
    return fail(Code::invalid_argument, "the model's scores do not fit the ", columns,
                " signs of its task");
  }
  ReadText read;
  size_t last = blank, count = 0;
  double sum = 0;
  for (size_t at = 0; at < scores.size(); at += columns) {
    const std::span<const float> step = scores.subspan(at, columns);
    const auto best = std::ranges::max_element(step);
    const size_t sign = static_cast<size_t>(best - step.begin());
    if (sign != blank && sign != last) {
      read.text += signs[sign];
      sum += *best;
      ++count;
    }
    last = sign;
  }
  if (count > 0) read.score = static_cast<float>(sum / static_cast<double>(count));
  return read;
}

}  // namespace hone
