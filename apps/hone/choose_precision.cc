#include "choose_precision.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "runtime/contest.h"

namespace hone::cli {
namespace {

// Layers whose share of an error is measured apart; of more, neighbors are taken together.
constexpr size_t kMostParts = 32;
// A share of the time that is kept for the whole model.
constexpr double kForTheWhole = 0.3;

struct Part {
  std::vector<std::string> layers;
  double error = 0;  // with these alone
};

class Chooser {
 public:
  Chooser(PrecisionTarget& target, const PrecisionOptions& options)
      : target_(target), options_(options) {}

  Expected<PrecisionChoice> run() {
    HONE_TRY(layers_, target_.layers());
    made_.coarse = {layers_.begin(), layers_.end()};
    if (options_.seconds > 0) HONE_RETURN_IF_ERROR(keep_faster());
    HONE_RETURN_IF_ERROR(keep_within_bound());
    if (options_.seconds > 0) HONE_RETURN_IF_ERROR(check_whole());
    return std::move(made_);
  }

 private:
  Status tell(const std::string& doing) const {
    return options_.progress ? options_.progress(doing) : Status();
  }

  void refine(const std::string& layer, std::string why) {
    if (made_.coarse.erase(layer) > 0) made_.fine.push_back({layer, std::move(why)});
  }

  // Runs both ways in turn, until `contests` (by layer, "" is the whole) are decided or it is late.
  Status race(std::map<std::string, Contest>& contests, double seconds) {
    const double until = options_.now_s() + seconds;
    for (size_t round = 0;; ++round) {
      if (round > 1 && options_.now_s() > until) break;
      HONE_RETURN_IF_ERROR(tell(cat("measuring f32 against bf16: round ", round)));
      std::map<std::string, double> times[2];
      const size_t first = round % 2;
      for (const size_t way : {first, 1 - first}) {
        HONE_TRY(times[way], target_.times(way == 0 ? LayerNames() : made_.coarse));
      }
      if (round == 0) continue;  // it binds and warms up
      bool open = false;
      for (auto& [layer, contest] : contests) {
        if (contest.is_decided()) continue;
        for (const size_t way : {0, 1}) {
          const auto found = times[way].find(layer);
          if (found != times[way].end()) contest.add(way, found->second);
        }
        contest.judge();
        open = open || !contest.is_decided();
      }
      if (!open) return {};
    }
    for (auto& [layer, contest] : contests) {
      if (!contest.is_decided()) contest.end();
    }
    return {};
  }

  Status keep_faster() {
    std::map<std::string, Contest> contests;
    for (const std::string& layer : layers_) contests.emplace(layer, 2);
    HONE_RETURN_IF_ERROR(race(contests, (1 - kForTheWhole) * options_.seconds));
    for (const std::string& layer : layers_) {
      const Contest& contest = contests.find(layer)->second;
      if (contest.winner() == 1) continue;
      refine(layer, cat("not clearly faster: ", fixed(contest.median_us(1), 1), " us against ",
                        fixed(contest.median_us(0), 1)));
    }
    return {};
  }

  Status check_whole() {
    if (made_.coarse.empty()) return {};
    std::map<std::string, Contest> contests;
    const Contest& whole = contests.emplace("", 2).first->second;
    HONE_RETURN_IF_ERROR(race(contests, kForTheWhole * options_.seconds));
    if (whole.winner() == 1) return {};
    const std::string why =
        cat("the whole model was not clearly faster: ", fixed(whole.median_us(1) / 1000, 3),
            " ms against ", fixed(whole.median_us(0) / 1000, 3));
    refine_all(why);
    return {};
  }

  void refine_all(const std::string& why) {
    for (const std::string& layer : layers_) refine(layer, why);
    made_.error = 0;
  }

  Status keep_within_bound() {
    if (made_.coarse.empty()) return {};
    HONE_RETURN_IF_ERROR(tell("comparing the outputs with those of f32"));
    HONE_TRY(made_.error, target_.error(made_.coarse, Samples::all));
    made_.all_error = made_.error;
    if (made_.error <= options_.max_error) return {};
    HONE_TRY(const std::vector<Part> parts, parts_by_error());
    // The largest number of the least sensitive parts that are within the bound together.
    size_t good = 0, bad = parts.size();
    double error = 0;
    while (bad - good > 1) {
      const size_t middle = (good + bad) / 2;
      HONE_RETURN_IF_ERROR(tell(cat("trying ", middle, " of ", parts.size(), " parts")));
      HONE_TRY(const double tried, target_.error(first_of(parts, middle), Samples::all));
      if (tried > options_.max_error) {
        bad = middle;
      } else {
        good = middle;
        error = tried;
      }
    }
    for (size_t i = good; i < parts.size(); ++i) {
      for (const std::string& layer : parts[i].layers) {
        refine(layer, cat("among those that change the outputs most: by ",
                          fixed(100 * parts[i].error, 3), " % alone"));
      }
    }
    made_.error = error;
    return {};
  }

  static LayerNames first_of(const std::vector<Part>& parts, size_t count) {
    LayerNames names;
    for (size_t i = 0; i < count; ++i) names.insert(parts[i].layers.begin(), parts[i].layers.end());
    return names;
  }

  // From the least sensitive on.
  Expected<std::vector<Part>> parts_by_error() {
    std::vector<std::string> left;
    for (const std::string& layer : layers_) {
      if (made_.coarse.contains(layer)) left.push_back(layer);
    }
    std::vector<Part> parts(std::min(kMostParts, left.size()));
    for (size_t i = 0; i < left.size(); ++i) {
      parts[i * parts.size() / left.size()].layers.push_back(left[i]);
    }
    for (size_t i = 0; i < parts.size(); ++i) {
      HONE_RETURN_IF_ERROR(tell(
          cat("outputs are too far from those of f32: asking layer ", i, " of ", parts.size())));
      HONE_TRY(parts[i].error,
               target_.error({parts[i].layers.begin(), parts[i].layers.end()}, Samples::first));
    }
    std::ranges::stable_sort(parts, {}, &Part::error);
    return parts;
  }

  PrecisionTarget& target_;
  const PrecisionOptions& options_;
  std::vector<std::string> layers_;
  PrecisionChoice made_;
};

}  // namespace

Expected<PrecisionChoice> choose_precision(PrecisionTarget& target,
                                           const PrecisionOptions& options) {
  return Chooser(target, options).run();
}

}  // namespace hone::cli
