#include "runtime/tune.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "runtime/contest.h"

namespace hone {
namespace {

// Times of each way between two judgements.
constexpr int kCycles = 3;
// Of the whole model, with and without. The most are for models of which a run takes microseconds.
constexpr size_t kFewestPairs = 11, kMostPairs = 2001;
// The share of the time that is kept for them.
constexpr double kForTheWhole = 0.2;
// Standard errors by which the whole must be faster.
constexpr double kWholeErrors = 3;

// A kind of step that there are several ways for.
struct Race {
  std::vector<KernelOption> options;
  Contest contest;
  size_t count = 0;  // steps of this kind
};

class Tuner {
 public:
  Tuner(TuneTarget& target, const Tuning& known, const TuneOptions& options)
      : target_(target), known_(known), options_(options), begun_(options.now_s()) {
    made_.tuning.processor = known.processor;
    made_.tuning.build = known.build;
  }

  Expected<Tuned> run() {
    HONE_RETURN_IF_ERROR(begin());
    while (!is_done() && !is_late()) HONE_RETURN_IF_ERROR(stage());
    made_.report.timed_out = !is_done();
    take_winners();
    if (made_.report.measured > 0 && made_.report.changed > 0) HONE_RETURN_IF_ERROR(try_whole());
    return std::move(made_);
  }

 private:
  bool is_late() const { return options_.now_s() - begun_ > (1 - kForTheWhole) * options_.seconds; }
  bool is_done() const {
    return std::ranges::all_of(races_,
                               [](const auto& one) { return one.second.contest.is_decided(); });
  }

  // Finds what there is to choose.
  Status begin() {
    target_.use(std::make_shared<const Tuning>());
    HONE_TRY(const StepOptions all, target_.options());
    for (const auto& [text, options] : all) {
      if (options.size() < 2) continue;
      usual_.emplace(text, options[0]);
      if (const KernelChoice* choice = known_.find(text)) {
        made_.tuning.set(*choice);
      } else {
        races_.emplace(text, Race{options, Contest(options.size())});
      }
    }
    HONE_TRY(const std::vector<StepSample> samples, target_.profile());
    TuneReport& report = made_.report;
    report.steps = samples.size();
    for (const StepSample& sample : samples) {
      const auto race = races_.find(sample.text);
      const KernelChoice* known = made_.tuning.find(sample.text);
      if (known != nullptr) ++known_steps_[sample.text];
      if (race != races_.end()) ++race->second.count, ++report.measured;
      report.tuned += known != nullptr || race != races_.end() ? 1 : 0;
    }
    return {};
  }

  // How each step is run in the rounds of one stage: a way that has the turn, or the winner.
  std::shared_ptr<const Tuning> trial(size_t turn) const {
    auto tuning = std::make_shared<Tuning>(made_.tuning);
    for (const auto& [text, race] : races_) {
      const KernelOption& option = race.options[way_of(race, turn)];
      tuning->set({text, std::string(option.variant), option.grain});
    }
    return tuning;
  }
  static size_t way_of(const Race& race, size_t turn) {
    const std::vector<size_t>& ways = race.contest.ways();
    return race.contest.is_decided() ? race.contest.winner() : ways[turn % ways.size()];
  }

  // A few cycles through all ways that are left; the first one binds and warms up.
  Status stage() {
    size_t turns = 1;
    for (const auto& [text, race] : races_) {
      if (!race.contest.is_decided()) turns = std::max(turns, race.contest.ways().size());
    }
    std::vector<std::shared_ptr<const Tuning>> trials;
    for (size_t turn = 0; turn < turns; ++turn) trials.push_back(trial(turn));
    for (int cycle = 0; cycle <= kCycles; ++cycle) {
      for (size_t i = 0; i < turns; ++i) {
        const size_t turn = (i + static_cast<size_t>(cycle)) % turns;
        target_.use(trials[turn]);
        HONE_TRY(const std::vector<StepSample> samples, target_.profile());
        if (cycle > 0) take(samples, turn);
        HONE_RETURN_IF_ERROR(tell());
        if (is_late()) return {};
      }
    }
    for (auto& [text, race] : races_) {
      if (!race.contest.is_decided()) race.contest.judge();
    }
    return {};
  }

  // The steps of one kind in one round are one time.
  void take(const std::vector<StepSample>& samples, size_t turn) {
    std::map<std::string_view, double> sums;
    for (const StepSample& sample : samples) sums[sample.text] += sample.us;
    for (auto& [text, race] : races_) {
      const auto sum = sums.find(text);
      if (race.contest.is_decided() || sum == sums.end()) continue;
      race.contest.add(way_of(race, turn), sum->second);
    }
  }

  Status tell() const {
    if (!options_.progress) return {};
    const auto done = static_cast<size_t>(std::ranges::count_if(
        races_, [](const auto& one) { return one.second.contest.is_decided(); }));
    if (options_.progress(done, races_.size())) return {};
    return fail(Code::canceled, "interrupted");
  }

  void take_winners() {
    for (auto& [text, race] : races_) {
      if (!race.contest.is_decided()) race.contest.end();
      const size_t winner = race.contest.winner();
      const KernelOption& option = race.options[winner];
      const auto each = static_cast<double>(std::max<size_t>(1, race.count));
      made_.tuning.set({text, std::string(option.variant), option.grain,
                        race.contest.median_us(winner) / each, race.contest.median_us(0) / each});
      if (winner != 0) made_.report.changed += race.count;
    }
    for (const auto& [text, count] : known_steps_) {
      const KernelChoice& choice = *made_.tuning.find(text);
      if (choice.us < choice.default_us) made_.report.changed += count;
    }
  }

  // With and without, in turn; what is not faster as a whole is dropped.
  Status try_whole() {
    const auto tuned = std::make_shared<const Tuning>(made_.tuning);
    std::vector<double> before, after, gains;
    const double until = options_.now_s() + kForTheWhole * options_.seconds;
    for (size_t pair = 0; pair <= kMostPairs; ++pair) {
      if (pair > kFewestPairs && options_.now_s() > until) break;
      double with = 0;
      if (pair % 2 == 0) {
        HONE_TRY(with, timed_run(tuned));
      }
      HONE_TRY(const double without, timed_run(nullptr));
      if (pair % 2 == 1) {
        HONE_TRY(with, timed_run(tuned));
      }
      HONE_RETURN_IF_ERROR(tell());
      if (pair == 0) continue;  // binds
      before.push_back(without);
      after.push_back(with);
      gains.push_back(without - with);
    }
    TuneReport& report = made_.report;
    report.before_us = median_of(before);
    report.after_us = median_of(after);
    if (median_of(gains) > kWholeErrors * error_of_median(gains)) return {};
    report.dropped = true;
    report.changed = 0;
    for (KernelChoice& choice : made_.tuning.choices) drop(choice);
    return {};
  }

  Expected<double> timed_run(const std::shared_ptr<const Tuning>& tuning) {
    target_.use(tuning);
    return target_.run_us();
  }

  void drop(KernelChoice& choice) const {
    choice.variant = usual_.find(choice.step)->second.variant;
    choice.grain = 0;
    choice.us = choice.default_us;
  }

  TuneTarget& target_;
  const Tuning& known_;
  const TuneOptions& options_;
  double begun_;
  std::map<std::string, Race> races_;
  std::map<std::string, KernelOption> usual_;
  std::map<std::string, size_t> known_steps_;
  Tuned made_;
};

class ProgramTarget final : public TuneTarget {
 public:
  ProgramTarget(ProgramSession& session, std::span<const RunValue> inputs)
      : session_(session), inputs_(inputs) {}

  void use(const std::shared_ptr<const Tuning>& tuning) override { session_.set_tuning(tuning); }
  Expected<StepOptions> options() override { return session_.list_options(inputs_); }
  Expected<std::vector<StepSample>> profile() override {
    HONE_TRY(Profile profile, session_.profile(inputs_));
    std::vector<StepSample> samples;
    for (StepTime& time : profile.steps) {
      if (time.step != nullptr) samples.push_back({std::move(time.text), time.us});
    }
    return samples;
  }
  Expected<double> run_us() override {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    HONE_TRY([[maybe_unused]] const auto outputs, session_.run(inputs_));
    return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
  }

 private:
  ProgramSession& session_;
  std::span<const RunValue> inputs_;
};

}  // namespace

Expected<Tuned> tune(TuneTarget& target, const Tuning& known, const TuneOptions& options) {
  return Tuner(target, known, options).run();
}

Expected<Tuned> tune(ProgramSession& session, std::span<const RunValue> inputs, const Tuning& known,
                     TuneOptions options) {
  if (!options.now_s) {
    options.now_s = [] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
          .count();
    };
  }
  ProgramTarget target(session, inputs);
  Expected<Tuned> tuned = tune(target, known, options);
  session.set_tuning(tuned ? std::make_shared<const Tuning>(tuned->tuning) : nullptr);
  HONE_RETURN_IF_ERROR(session.reset());
  return tuned;
}

}  // namespace hone
