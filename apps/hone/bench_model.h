// Tests of `hone bench` inside this process: how fast a model reads and writes tokens, and what of
// that time each step takes.
#pragma once

#include <functional>
#include <string>

#include "bench_tests.h"
#include "llm/generate/language_model.h"
#include "llm/sample/random.h"
#include "machine_limits.h"
#include "profile_report.h"

namespace hone::cli {

class ModelBench {
 public:
  // `stop` is asked between steps and ends the work with Code::canceled.
  ModelBench(LanguageModel& model, std::function<bool()> stop)
      : model_(model), stop_(std::move(stop)) {}

  // One warm-up, then `repeat` runs; `before_run(i)` is told which, 0 is the warm-up. Without the
  // share.
  Expected<BenchResult> measure(const BenchTest& test, int repeat,
                                const std::function<void(int)>& before_run);
  // What of the limits a rate is: decode is held against reading every weight and the cached
  // positions once a token, prefill against the multiplications that are done on 8-bit codes.
  double share_of_limit(const BenchTest& test, double tokens_per_s,
                        const MachineLimits& limits) const;
  // Of one decode step with `tokens` = 1, or of one prefill of `tokens`, at position `depth`.
  Expected<MedianProfile> profile(int64_t tokens, int64_t depth);

 private:
  std::vector<int32_t> random_tokens(int64_t count);
  Status fill(int64_t positions);
  Expected<double> run_once(const BenchTest& test);  // seconds
  Expected<double> prefill(const BenchTest& test);
  Expected<double> decode(const BenchTest& test);

  LanguageModel& model_;
  std::function<bool()> stop_;
  Random random_{1};
  int64_t filled_ = 0;  // positions of sequence 0 that hold tokens
};

}  // namespace hone::cli
