#include "runtime/contest.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace hone {
namespace {

// Of each way: before this many a winner is not named, and after so many the usual way stays.
constexpr size_t kEnough = 9, kMost = 21;
// What a change must gain at least, and how many standard errors: of some hundred comparisons a
// model none should be won by chance.
constexpr double kLeastGain = 0.02, kErrors = 4;

double distance_of(const std::vector<double>& values) {
  const double middle = median_of(values);
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::fabs(value - middle));
  return median_of(std::move(distances));
}

}  // namespace

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double error_of_median(const std::vector<double>& values) {
  if (values.empty()) return std::numeric_limits<double>::infinity();
  // Of normal noise the deviation is 1.4826 such distances, and a median's error 1.2533 times that
  // of a mean.
  constexpr double kScale = 1.4826 * 1.2533;
  return kScale * distance_of(values) / std::sqrt(static_cast<double>(values.size()));
}

Contest::Contest(size_t ways) : times_(ways), ways_(ways) {
  std::iota(ways_.begin(), ways_.end(), size_t{0});
}

double Contest::noise_to(size_t way) const {
  return std::hypot(error_of_median(times_[0]), error_of_median(times_[way]));
}

double Contest::median_us(size_t way) const { return median_of(times_[way]); }

size_t Contest::best() const {
  size_t best = 0;
  for (const size_t way : ways_) {
    if (way != 0 && (best == 0 || median_us(way) < median_us(best))) best = way;
  }
  return best;
}

bool Contest::is_faster(size_t way) const {
  const double usual = median_us(0), gain = usual - median_us(way);
  return gain > std::max(kLeastGain * usual, kErrors * noise_to(way));
}

void Contest::judge() {
  const double usual = median_us(0);
  std::erase_if(ways_, [&](size_t way) {
    return way != 0 && !times_[way].empty() && std::ranges::min(times_[way]) > usual;
  });
  const size_t other = best();
  if (other == 0 || times_[0].size() >= kMost) return end();
  if (std::min(times_[0].size(), times_[other].size()) < kEnough) return;
  const double hope = usual - median_us(other) + kErrors * noise_to(other);
  if (is_faster(other) || hope < kLeastGain * usual) end();
}

void Contest::end() {
  decided_ = true;
  const size_t other = best();
  const bool enough = other != 0 && std::min(times_[0].size(), times_[other].size()) >= kEnough;
  winner_ = enough && is_faster(other) ? other : 0;
}

}  // namespace hone
