#include "choose_precision.h"

#include <algorithm>
#include <limits>

#include "base/text.h"

namespace hone::cli {
namespace {

// Layers whose share of an error is measured apart; of more, neighbors are taken together.
constexpr size_t kMostParts = 32;
// A share of the time that is kept for the whole model.
constexpr double kForTheWhole = 0.3;

// The least of several times is what is left without what else the machine does; a tuner that looks
// for smaller gains than these has to ask how certain it is.
constexpr size_t kLeastRounds = 5, kMostRounds = 21;
constexpr double kLeastGain = 0.02;

// Least microseconds in f32 and in bf16.
struct Race {
  double us[2] = {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  bool is_won() const { return us[1] < (1 - kLeastGain) * us[0]; }
};

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
    if (layers_.empty()) return std::move(made_);
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

  // Runs both ways in turn, until there are enough rounds or it is late; the least times of `races`
  // (by layer, "" is the whole).
  Status race(std::map<std::string, Race>& races, double seconds) {
    const double until = options_.now_s() + seconds;
    for (size_t round = 0; round <= kMostRounds; ++round) {
      if (round > kLeastRounds && options_.now_s() > until) break;
      HONE_RETURN_IF_ERROR(tell(cat("measuring f32 against bf16: round ", round)));
      for (const size_t way : {round % 2, 1 - round % 2}) {
        HONE_TRY(const auto times, target_.times(way == 0 ? LayerNames() : made_.coarse));
        if (round == 0) continue;  // it binds and warms up
        for (auto& [layer, race] : races) {
          const auto found = times.find(layer);
          if (found != times.end()) race.us[way] = std::min(race.us[way], found->second);
        }
      }
    }
    return {};
  }

  Status keep_faster() {
    std::map<std::string, Race> races;
    for (const std::string& layer : layers_) races[layer];
    HONE_RETURN_IF_ERROR(race(races, (1 - kForTheWhole) * options_.seconds));
    for (const std::string& layer : layers_) {
      const Race& one = races[layer];
      if (one.is_won()) continue;
      refine(layer,
             cat("not faster in bf16: ", fixed(one.us[1], 1), " us against ", fixed(one.us[0], 1)));
    }
    return {};
  }

  Status check_whole() {
    if (made_.coarse.empty()) return {};
    std::map<std::string, Race> races;
    const Race& whole = races[""];
    HONE_RETURN_IF_ERROR(race(races, kForTheWhole * options_.seconds));
    if (whole.is_won()) return {};
    refine_all(cat("the whole model was not faster in bf16: ", fixed(whole.us[1] / 1000, 3),
                   " ms against ", fixed(whole.us[0] / 1000, 3)));
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
