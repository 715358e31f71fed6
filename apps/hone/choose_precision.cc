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

// Least microseconds of a layer by precision.
using Times = std::map<Precision, double>;

bool is_faster(double us, double fine_us) { return us < (1 - kLeastGain) * fine_us; }

struct Part {
  std::vector<std::string> layers;
  double error = 0;  // with these alone
};

class Chooser {
 public:
  Chooser(PrecisionTarget& target, const PrecisionOptions& options)
      : target_(target), options_(options) {}

  Expected<PrecisionChoice> run() {
    for (const Precision precision : options_.precisions) {
      HONE_TRY(const std::vector<std::string> layers, target_.layers(precision));
      for (const std::string& layer : layers) {
        if (!wanted_.contains(layer)) layers_.push_back(layer);
        wanted_[layer].push_back(precision);
      }
    }
    if (layers_.empty()) return std::move(made_);
    if (options_.seconds > 0) HONE_RETURN_IF_ERROR(keep_faster());
    for (const auto& [layer, precisions] : wanted_) {
      if (!precisions.empty()) made_.coarse[layer] = precisions.front();
    }
    HONE_RETURN_IF_ERROR(keep_within_bound());
    if (options_.seconds > 0) HONE_RETURN_IF_ERROR(check_whole());
    return std::move(made_);
  }

 private:
  Status tell(const std::string& doing) const {
    return options_.progress ? options_.progress(doing) : Status();
  }

  // The layer gets what is left for it.
  void refine(const std::string& layer, const std::string& why) {
    std::vector<Precision>& left = wanted_[layer];
    if (!left.empty()) left.erase(left.begin());
    if (!left.empty()) {
      made_.coarse[layer] = left.front();
    } else if (made_.coarse.erase(layer) > 0) {
      made_.fine.push_back({layer, why});
    }
  }

  // A way to run the model: what is measured of it counts for `precision`.
  struct Way {
    Precision precision;
    LayerPrecisions layers;
  };

  // Runs all ways in turn, until there are enough rounds or it is late; the least times by layer,
  // "" is the whole.
  Expected<std::map<std::string, Times>> race(const std::vector<Way>& ways, double seconds) {
    std::map<std::string, Times> least;
    const double until = options_.now_s() + seconds;
    for (size_t round = 0; round <= kMostRounds; ++round) {
      if (round > kLeastRounds && options_.now_s() > until) break;
      HONE_RETURN_IF_ERROR(tell(cat("measuring f32 against ", names(), ": round ", round)));
      for (size_t i = 0; i < ways.size(); ++i) {
        const Way& way = ways[(i + round) % ways.size()];
        HONE_TRY(const auto times, target_.times(way.layers));
        if (round == 0) continue;  // it binds and warms up
        for (const auto& [layer, us] : times) {
          const auto [known, is_new] = least[layer].try_emplace(way.precision, us);
          if (!is_new) known->second = std::min(known->second, us);
        }
      }
    }
    return least;
  }

  // Of each layer, what was faster than f32, the fastest first.
  Status keep_faster() {
    std::vector<Way> ways = {{Precision::f32, {}}};
    for (const Precision precision : options_.precisions) {
      Way& way = ways.emplace_back(Way{precision, {}});
      for (const auto& [layer, precisions] : wanted_) {
        if (std::ranges::find(precisions, precision) == precisions.end()) continue;
        way.layers[layer] = precision;
      }
      if (way.layers.empty()) ways.pop_back();
    }
    HONE_TRY(auto least, race(ways, (1 - kForTheWhole) * options_.seconds));
    for (const std::string& layer : layers_) keep_faster(layer, least[layer]);
    return {};
  }

  void keep_faster(const std::string& layer, Times& us) {
    std::vector<Precision>& precisions = wanted_[layer];
    std::ranges::stable_sort(precisions, {}, [&us](Precision one) { return us[one]; });
    const Precision fastest = precisions.front();
    const double fine = us[Precision::f32];
    std::erase_if(precisions, [&](Precision one) { return !is_faster(us[one], fine); });
    if (!precisions.empty()) return;
    made_.fine.push_back({layer, cat("not faster in ", name_of(fastest), ": ",
                                     fixed(us[fastest], 1), " us against ", fixed(fine, 1))});
  }

  Status check_whole() {
    if (made_.coarse.empty()) return {};
    const Precision any = options_.precisions.front();
    HONE_TRY(auto least,
             race({{Precision::f32, {}}, {any, made_.coarse}}, kForTheWhole * options_.seconds));
    const Times& whole = least[""];
    const double fine = whole.at(Precision::f32), coarse = whole.at(any);
    if (is_faster(coarse, fine)) return {};
    for (const std::string& layer : layers_) {
      if (made_.coarse.erase(layer) == 0) continue;
      made_.fine.push_back(
          {layer, cat("the whole model was not faster in ", names(), ": ", fixed(coarse / 1000, 3),
                      " ms against ", fixed(fine / 1000, 3))});
    }
    made_.error = 0;
    return {};
  }

  // "bf16 and winograd"
  std::string names() const {
    std::string text;
    for (const Precision precision : options_.precisions) {
      text += cat(text.empty() ? "" : " and ", name_of(precision));
    }
    return text;
  }

  Status keep_within_bound() {
    for (bool is_first = true; !made_.coarse.empty(); is_first = false) {
      HONE_RETURN_IF_ERROR(tell("comparing the outputs with those of f32"));
      HONE_TRY(made_.error, target_.error(made_.coarse, Samples::all));
      if (is_first) made_.all_error = made_.error;
      if (made_.error <= options_.max_error) return {};
      HONE_RETURN_IF_ERROR(refine_most_sensitive());
    }
    made_.error = 0;
    return {};
  }

  // At least one layer.
  Status refine_most_sensitive() {
    HONE_TRY(const std::vector<Part> parts, parts_by_error());
    // The largest number of the least sensitive parts that are within the bound together.
    size_t good = 0, bad = parts.size();
    while (bad - good > 1) {
      const size_t middle = (good + bad) / 2;
      HONE_RETURN_IF_ERROR(tell(cat("trying ", middle, " of ", parts.size(), " parts")));
      HONE_TRY(const double tried, target_.error(first_of(parts, middle), Samples::all));
      if (tried > options_.max_error) {
        bad = middle;
      } else {
        good = middle;
      }
    }
    for (size_t i = good; i < parts.size(); ++i) {
      for (const std::string& layer : parts[i].layers) {
        refine(layer, cat("among those that change the outputs most: by ",
                          fixed(100 * parts[i].error, 3), " % alone"));
      }
    }
    return {};
  }

  LayerPrecisions as_made(const std::vector<std::string>& layers) const {
    LayerPrecisions some;
    for (const std::string& layer : layers) some[layer] = made_.coarse.at(layer);
    return some;
  }
  LayerPrecisions first_of(const std::vector<Part>& parts, size_t count) const {
    LayerPrecisions some;
    for (size_t i = 0; i < count; ++i) some.merge(as_made(parts[i].layers));
    return some;
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
      HONE_TRY(parts[i].error, target_.error(as_made(parts[i].layers), Samples::first));
    }
    std::ranges::stable_sort(parts, {}, &Part::error);
    return parts;
  }

  PrecisionTarget& target_;
  const PrecisionOptions& options_;
  std::vector<std::string> layers_;
  std::map<std::string, std::vector<Precision>> wanted_;  // what is left for a layer, best first
  PrecisionChoice made_;
};

}  // namespace

Expected<PrecisionChoice> choose_precision(PrecisionTarget& target,
                                           const PrecisionOptions& options) {
  return Chooser(target, options).run();
}

}  // namespace hone::cli
