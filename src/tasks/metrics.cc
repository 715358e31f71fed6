#include "tasks/metrics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace hone {
namespace {

constexpr double kNormal95 = 1.959963984540054;
constexpr size_t kMostFound = 100;  // of a picture and category
constexpr int kRecallPoints = 101;
constexpr size_t kOverlaps = 10;

double overlap_step(size_t i) { return 0.5 + 0.05 * static_cast<double>(i); }

enum class Side : uint8_t { least, most };
double wilson(const Share& share, Side side) {
  if (share.all == 0) return side == Side::least ? 0 : 1;
  const double n = static_cast<double>(share.all), p = share.value(), z = kNormal95;
  const double middle = p + z * z / (2 * n);
  const double spread = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double bound = (side == Side::least ? middle - spread : middle + spread) / (1 + z * z / n);
  return std::clamp(bound, 0.0, 1.0);
}

// Of the union; of a crowd, how much of the found box lies in it.
double overlap(const ScoredBox& found, const ScoredBox& truth) {
  const double width =
      std::min(found.x + found.width, truth.x + truth.width) - std::max(found.x, truth.x);
  const double height =
      std::min(found.y + found.height, truth.y + truth.height) - std::max(found.y, truth.y);
  if (width <= 0 || height <= 0) return 0;
  const double both = width * height, area = found.width * found.height;
  const double all =
      truth.crowd == ScoredBox::Crowd::yes ? area : area + truth.width * truth.height - both;
  return all > 0 ? both / all : 0;
}

// Boxes of one category in one picture.
struct Scene {
  std::vector<const ScoredBox*> found;  // best first
  std::vector<const ScoredBox*> truth;  // crowds last
};

// What a found box is at one overlap.
enum class Match : uint8_t { wrong, right, ignored };
struct Judged {
  double score = 0;
  std::array<Match, kOverlaps> match{};
};

// Each found box takes the free true box that it overlaps most; crowds can be taken many times, and
// only by who finds no other.
std::vector<Match> match_scene(const Scene& scene, double least) {
  std::vector<char> taken(scene.truth.size());
  std::vector<Match> matches;
  for (const ScoredBox* one : scene.found) {
    double best = std::min(least, 1 - 1e-10);
    size_t chosen = scene.truth.size();
    for (size_t t = 0; t < scene.truth.size(); ++t) {
      const bool crowd = scene.truth[t]->crowd == ScoredBox::Crowd::yes;
      if (taken[t] != 0 && !crowd) continue;
      const bool has_real =
          chosen < scene.truth.size() && scene.truth[chosen]->crowd == ScoredBox::Crowd::no;
      if (has_real && crowd) break;
      const double share = overlap(*one, *scene.truth[t]);
      if (share < best) continue;
      best = share;
      chosen = t;
    }
    if (chosen == scene.truth.size()) {
      matches.push_back(Match::wrong);
      continue;
    }
    taken[chosen] = 1;
    const bool crowd = scene.truth[chosen]->crowd == ScoredBox::Crowd::yes;
    matches.push_back(crowd ? Match::ignored : Match::right);
  }
  return matches;
}

void sort_scene(Scene& scene) {
  std::ranges::stable_sort(scene.found, std::ranges::greater{},
                           [](const ScoredBox* box) { return box->score; });
  if (scene.found.size() > kMostFound) scene.found.resize(kMostFound);
  std::ranges::stable_sort(scene.truth, {}, [](const ScoredBox* box) { return box->crowd; });
}

// The mean over 101 recalls of the best precision at that recall or a higher one. `judged` is
// sorted, best first.
double precision_at(const std::vector<Judged>& judged, size_t overlap_index, int64_t positives) {
  std::vector<double> precision, recall;
  double right = 0, wrong = 0;
  for (const Judged& one : judged) {
    if (one.match[overlap_index] == Match::ignored) continue;
    (one.match[overlap_index] == Match::right ? right : wrong) += 1;
    recall.push_back(right / static_cast<double>(positives));
    precision.push_back(right / (right + wrong + 2.220446049250313e-16));
  }
  for (size_t i = precision.size(); i-- > 1;) {
    precision[i - 1] = std::max(precision[i - 1], precision[i]);
  }
  double sum = 0;
  for (int point = 0; point < kRecallPoints; ++point) {
    const double wanted = static_cast<double>(point) * 0.01;
    const auto at = std::ranges::lower_bound(recall, wanted);
    if (at != recall.end()) sum += precision[static_cast<size_t>(at - recall.begin())];
  }
  return sum / kRecallPoints;
}

using Scenes = std::map<int64_t, Scene>;  // of one category, by picture

// Nothing is added if the category has no true box.
void add_category(Scenes& scenes, AveragePrecision& sums) {
  std::vector<Judged> judged;
  int64_t positives = 0;
  for (auto& [picture, scene] : scenes) {
    sort_scene(scene);
    positives += std::ranges::count(scene.truth, ScoredBox::Crowd::no,
                                    [](const ScoredBox* box) { return box->crowd; });
    const size_t first = judged.size();
    for (const ScoredBox* box : scene.found) judged.push_back({.score = box->score});
    for (size_t i = 0; i < kOverlaps; ++i) {
      const std::vector<Match> matches = match_scene(scene, overlap_step(i));
      for (size_t j = 0; j < matches.size(); ++j) judged[first + j].match[i] = matches[j];
    }
  }
  if (positives == 0) return;
  std::ranges::stable_sort(judged, std::ranges::greater{}, &Judged::score);
  for (size_t i = 0; i < kOverlaps; ++i) sums.at[i] += precision_at(judged, i, positives);
  ++sums.categories;
}

}  // namespace

double Share::least() const { return wilson(*this, Side::least); }
double Share::most() const { return wilson(*this, Side::most); }

AveragePrecision average_precision(const std::vector<ScoredBox>& found,
                                   const std::vector<ScoredBox>& truth) {
  std::map<int64_t, Scenes> categories;
  for (const ScoredBox& box : found) categories[box.category][box.picture].found.push_back(&box);
  for (const ScoredBox& box : truth) categories[box.category][box.picture].truth.push_back(&box);
  AveragePrecision made;
  for (auto& [category, scenes] : categories) add_category(scenes, made);
  for (double& at : made.at) {
    if (made.categories > 0) at /= static_cast<double>(made.categories);
  }
  made.all = std::accumulate(made.at.begin(), made.at.end(), 0.0) / kOverlaps;
  return made;
}

}  // namespace hone
