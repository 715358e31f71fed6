#include "engine/tuning.h"

#include <algorithm>

namespace hone {

const KernelChoice* Tuning::find(std::string_view step) const {
  const auto found = std::ranges::lower_bound(choices, step, {}, &KernelChoice::step);
  return found == choices.end() || found->step != step ? nullptr : &*found;
}

void Tuning::set(KernelChoice choice) {
  const auto at = std::ranges::lower_bound(choices, choice.step, {}, &KernelChoice::step);
  if (at != choices.end() && at->step == choice.step) {
    *at = std::move(choice);
  } else {
    choices.insert(at, std::move(choice));
  }
}

void Tuning::sort() {
  std::ranges::stable_sort(choices, {}, &KernelChoice::step);
  const auto again = std::ranges::unique(choices, {}, &KernelChoice::step);
  choices.erase(again.begin(), again.end());
}

}  // namespace hone
