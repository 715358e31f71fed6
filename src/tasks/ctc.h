// ctc: text from the scores of a network trained with connectionist temporal classification (Graves
// et al., 2006): the best sign at each step, repetitions and blanks left out.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace hone {

struct ReadText {
  std::string text;
  float score = 0;  // mean of the signs' scores; 0 if there are none
};

// `scores` has steps * signs.size() probabilities; signs[blank] is not written.
Expected<ReadText> read_ctc(std::span<const float> scores, std::span<const std::string> signs,
                            size_t blank);

}  // namespace hone
