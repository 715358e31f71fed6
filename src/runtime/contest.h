// A contest between ways to do the same thing, of times that are taken in turn on a machine that is
// never quite idle.
#pragma once

#include <cstddef>
#include <vector>

namespace hone {

// Way 0 is the usual one: it never leaves, and wins whatever is not clearly faster.
class Contest {
 public:
  explicit Contest(size_t ways);

  // Those still in it, 0 first.
  const std::vector<size_t>& ways() const { return ways_; }
  void add(size_t way, double us) { times_[way].push_back(us); }
  // After some times of each: lets go what is clearly slower, and decides if it can.
  void judge();
  // Decides on what there is.
  void end();

  bool is_decided() const { return decided_; }
  size_t winner() const { return winner_; }
  double median_us(size_t way) const;

 private:
  // The fastest of the others; 0 if there are none.
  size_t best() const;
  bool is_faster(size_t way) const;
  // Of the difference to the usual one.
  double noise_to(size_t way) const;

  std::vector<std::vector<double>> times_;
  std::vector<size_t> ways_;
  size_t winner_ = 0;
  bool decided_ = false;
};

double median_of(std::vector<double> values);
// How far a median may be from the truth: its standard error, of the median distance from the
// median, which a few disturbed times do not change. Infinite for no values.
double error_of_median(const std::vector<double>& values);

}  // namespace hone
