// A small fixed-width font for labels in pictures.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace hone {

inline constexpr size_t kGlyphColumns = 5;
inline constexpr size_t kGlyphRows = 9;
inline constexpr size_t kGlyphAdvance = 6;  // columns from one letter to the next

// Whether that point of a letter's picture is set; column < kGlyphColumns, row < kGlyphRows. What
// is not ASCII looks like a frame.
bool glyph_point(char32_t letter, size_t column, size_t row);

}  // namespace hone
