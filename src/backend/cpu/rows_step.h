// Steps whose rows are independent: a tile is a run of rows.
#pragma once

#include <algorithm>
#include <utility>

#include "backend/cpu/step.h"

namespace hone {

// Calls body(first_row, row_count) for each tile of `rows_a_tile` rows.
template <class Body>
class RowsStep final : public CpuStep {
 public:
  RowsStep(int64_t rows, int64_t rows_a_tile, Body body)
      : rows_(rows), rows_a_tile_(std::max<int64_t>(1, rows_a_tile)), body_(std::move(body)) {}

  int64_t tiles() const override { return (rows_ + rows_a_tile_ - 1) / rows_a_tile_; }
  void run(int64_t tile, Scratch) override {
    const int64_t first = tile * rows_a_tile_;
    body_(first, std::min(rows_a_tile_, rows_ - first));
  }

 private:
  int64_t rows_;
  int64_t rows_a_tile_;
  Body body_;
};

// Tiles of about this many elements: a few microseconds of work, so that claiming one costs little.
inline constexpr int64_t kElementsATile = 16384;

template <class Body>
std::unique_ptr<CpuStep> rows_step(int64_t rows, int64_t columns, Body body) {
  const int64_t rows_a_tile = kElementsATile / std::max<int64_t>(1, columns);
  return std::make_unique<RowsStep<Body>>(rows, rows_a_tile, std::move(body));
}

}  // namespace hone
