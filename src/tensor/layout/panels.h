// The layouts of float matrices for products: `width` rows or columns (a panel) side by side, so
// that one vector register holds their numbers of one place of the sum.
//   "f32.rowsW.v1": [panel of W rows][elements of a row][W], of any tensor, whose rows are what the
//     first axis counts: filters, and matrices that are multiplied transposed
//   "f32.columnsW.v1": [panel of W columns][rows][W], of a matrix
// Rows and columns behind the last are zeros.
#pragma once

#include <string_view>

#include "tensor/layout/layout.h"

namespace hone {

std::span<const Layout> panel_layouts();

// Of panels that wide; canonical if there is no such layout.
std::string_view row_panels(int64_t width);
std::string_view column_panels(int64_t width);

}  // namespace hone
