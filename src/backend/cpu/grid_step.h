// Steps over the rows of a ScaleGrid.
#pragma once

#include "backend/cpu/rows_step.h"
#include "ops/scale_grid.h"

namespace hone {

// Calls body(row) for each row of the grid, in tiles; one long row is cut anywhere.
template <class Body>
std::unique_ptr<CpuStep> grid_step(const ScaleGrid& grid, Body body) {
  if (grid.rows() == 1) {
    const ScaleGrid::Row whole = grid.row(0);
    return rows_step(whole.count, 1, [=](int64_t first, int64_t count) {
      body(ScaleGrid::Row{whole.first + first, count, whole.scale + first * whole.stride,
                          whole.stride});
    });
  }
  return rows_step(grid.rows(), grid.columns(), [=](int64_t first, int64_t count) {
    for (int64_t i = first; i < first + count; ++i) body(grid.row(i));
  });
}

}  // namespace hone
