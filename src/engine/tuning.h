// A Tuning: which kernel runs each step fastest on one kind of processor, as it was measured there.
// Plain data beside a Plan, which names no kernels. It lies in engines, in timing caches and in the
// cache of a device, and is never believed: what it names is taken only where it gives the bits
// that the kernel gives which is taken without it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

struct KernelChoice {
  std::string step;       // what is run: step_text (backend/cpu/choice.h)
  std::string variant;    // of the op's kernels
  int32_t grain = 0;      // StepBinding::grain
  double us = 0;          // of it, a median; 0: it was not measured
  double default_us = 0;  // of what is taken without a Tuning
};

struct Tuning {
  std::string processor;              // processor_key() of where it was measured
  std::string build;                  // build_id() of the hone that measured
  std::vector<KernelChoice> choices;  // by step, each step once

  // Null if nothing is known of the step.
  const KernelChoice* find(std::string_view step) const;
  // Adds a choice, or takes it instead of the one that is there.
  void set(KernelChoice choice);
  // Puts choices from outside in order.
  void sort();
};

}  // namespace hone
