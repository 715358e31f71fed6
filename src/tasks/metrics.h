// How right answers are, over many pictures.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace hone {

// A share of successes, with the 95 % interval in which the true one lies (Wilson's).
struct Share {
  int64_t hits = 0;
  int64_t all = 0;

  double value() const {
    return all > 0 ? static_cast<double>(hits) / static_cast<double>(all) : 0;
  }
  double least() const;
  double most() const;
};

// A box with its upper left corner, in pixels.
struct ScoredBox {
  int64_t picture = 0;
  int64_t category = 0;
  double x = 0, y = 0, width = 0, height = 0;
  double score = 0;                                          // of a found box
  enum class Crowd : uint8_t { no, yes } crowd = Crowd::no;  // of a true one: it stands for many
};

// Average precision as COCO defines it (pycocotools' COCOeval: 101 points of recall, the best 100
// boxes of a picture and category, all sizes), averaged over the categories that have true boxes.
struct AveragePrecision {
  double all = 0;               // mean over overlaps of 0.5, 0.55 to 0.95
  std::array<double, 10> at{};  // at each of them
  double at_half() const { return at[0]; }
  int64_t categories = 0;
};
AveragePrecision average_precision(const std::vector<ScoredBox>& found,
                                   const std::vector<ScoredBox>& truth);

}  // namespace hone
