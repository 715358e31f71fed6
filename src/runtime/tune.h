// The tuner: which of the kernels that give the same bits runs each step of a model fastest on this
// machine. A round is a run of the whole model, in which each step is run by one of those that it
// could be run by, so that caches, memory and operands are as they are in use; the ways are taken
// in turn, equal steps count as one, and what is clearly slower is dropped early. Another way than
// the usual one is kept where it was faster by more than the noise, and all together only where
// the whole model was.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/tuning.h"
#include "runtime/executor.h"
#include "runtime/program_session.h"

namespace hone {

struct StepSample {
  std::string text;  // step_text
  double us = 0;
};

// A model as the tuner sees it.
class TuneTarget {
 public:
  virtual ~TuneTarget() = default;
  // Runs as `tuning` says from now on; null: as without one.
  virtual void use(const std::shared_ptr<const Tuning>& tuning) = 0;
  virtual Expected<StepOptions> options() = 0;
  // A run with the time of each step, under a tuning that is not null.
  virtual Expected<std::vector<StepSample>> profile() = 0;
  virtual Expected<double> run_us() = 0;
};

struct TuneOptions {
  double seconds = 10;            // to measure for at most, but for the round that it is at
  std::function<double()> now_s;  // a clock that goes on
  // Told how many of the steps to be tuned are done; false: stop, with Code::canceled. May be
  // empty.
  std::function<bool(size_t done, size_t total)> progress;
};

struct TuneReport {
  size_t steps = 0;     // of the model that kernels run
  size_t tuned = 0;     // of them, those that there are several ways for
  size_t measured = 0;  // of those, the ones of which nothing was known before
  size_t changed = 0;   // of those tuned, the ones that are not run as without a Tuning
  double before_us = 0, after_us = 0;  // medians of the whole model; 0: not measured
  bool dropped = false;  // each step's choice measured faster, all of them together did not
  bool timed_out = false;
};

struct Tuned {
  Tuning tuning;  // of the steps that this model has
  TuneReport report;
};

// Steps that `known` has are not measured; if it has all, nothing is. Its processor and build are
// the result's.
Expected<Tuned> tune(TuneTarget& target, const Tuning& known, const TuneOptions& options);

// The same of a session, whose states are reset afterwards and which runs as the result says.
Expected<Tuned> tune(ProgramSession& session, std::span<const RunValue> inputs, const Tuning& known,
                     TuneOptions options);

}  // namespace hone
