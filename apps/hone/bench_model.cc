#include "bench_model.h"

#include <algorithm>
#include <chrono>

#include "runtime/work.h"

namespace hone::cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

int32_t argmax(std::span<const float> logits) {
  return static_cast<int32_t>(std::ranges::max_element(logits) - logits.begin());
}

}  // namespace

std::vector<int32_t> ModelBench::random_tokens(int64_t count) {
  std::vector<int32_t> tokens(static_cast<size_t>(count));
  const auto vocab = static_cast<uint32_t>(model_.info().vocab_size);
  for (int32_t& token : tokens) token = static_cast<int32_t>(random_.next() % vocab);
  return tokens;
}

// Makes sequence 0 hold exactly so many positions.
Status ModelBench::fill(int64_t positions) {
  if (filled_ > positions) model_.truncate(0, positions);
  if (filled_ < positions) {
    const std::vector<int32_t> tokens = random_tokens(positions - filled_);
    HONE_TRY([[maybe_unused]] const auto logits, model_.evaluate(tokens, filled_, 0, stop_));
  }
  filled_ = positions;
  return {};
}

Expected<double> ModelBench::prefill(const BenchTest& test) {
  const std::vector<int32_t> tokens = random_tokens(test.tokens);
  const auto begin = Clock::now();
  HONE_TRY([[maybe_unused]] const auto logits, model_.evaluate(tokens, test.depth, 0, stop_));
  const double time = seconds_since(begin);
  filled_ = test.positions();
  return time;
}

Expected<double> ModelBench::decode(const BenchTest& test) {
  std::vector<int32_t> token = random_tokens(1);
  const auto begin = Clock::now();
  for (int64_t i = 0; i < test.tokens; ++i) {
    if (stop_()) return fail(Code::canceled, "");
    HONE_TRY(const std::span<const float> logits, model_.evaluate(token, test.depth + i));
    token[0] = argmax(logits);
  }
  const double time = seconds_since(begin);
  filled_ = test.positions();
  return time;
}

Expected<double> ModelBench::run_once(const BenchTest& test) {
  HONE_RETURN_IF_ERROR(fill(test.depth));
  return test.kind == BenchTest::Kind::prefill ? prefill(test) : decode(test);
}

double ModelBench::share_of_limit(const BenchTest& test, double tokens_per_s,
                                  const MachineLimits& limits) const {
  const Plan& plan = model_.session().plan();
  if (test.kind == BenchTest::Kind::decode) {
    if (limits.read_gb_s <= 0) return 0;
    const double bytes = work_of(plan, {{1, 1}}).weight_bytes +
                         state_bytes(plan, test.depth + (test.tokens + 1) / 2);
    return bytes * tokens_per_s / (limits.read_gb_s * 1e9);
  }
  if (limits.int8_gops <= 0) return 0;
  double ops = 0;
  for (int64_t left = test.tokens; left > 0; left -= model_.chunk()) {
    ops += work_of(plan, {{std::min(left, model_.chunk()), 1}}).int8_ops;
  }
  return ops / static_cast<double>(test.tokens) * tokens_per_s / (limits.int8_gops * 1e9);
}

Expected<BenchResult> ModelBench::measure(const BenchTest& test, int repeat,
                                          const std::function<void(int)>& before_run) {
  std::vector<double> rates;
  for (int i = 0; i <= repeat; ++i) {
    before_run(i);
    HONE_TRY(const double time, run_once(test));
    if (i > 0) rates.push_back(static_cast<double>(test.tokens) / time);
  }
  return BenchResult{test, Spread::of(std::move(rates)), 0};
}

Expected<MedianProfile> ModelBench::profile(int64_t tokens, int64_t depth) {
  HONE_RETURN_IF_ERROR(fill(depth));
  // Binds the plan to these sizes; each profile below does the same run again.
  HONE_TRY([[maybe_unused]] const auto logits, model_.evaluate(random_tokens(tokens), depth));
  filled_ = depth + tokens;
  return median_profile([this]() -> Expected<Profile> {
    if (stop_()) return fail(Code::canceled, "");
    return model_.session().profile();
  });
}

}  // namespace hone::cli
