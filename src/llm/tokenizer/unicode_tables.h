// The generated tables behind unicode.h (tools/make_unicode_tables.py).
#pragma once

#include <cstddef>
#include <cstdint>

namespace hone::unicode_tables {

struct Mapping {
  uint32_t from;
  uint32_t to;
};

// The class of code point c is kPages[kPageOf[c / 256] * 256 + c % 256]: UnicodeClass in the low
// three bits, white space in the fourth.
extern const uint8_t kPageOf[];
extern const uint8_t kPages[];
// Sorted by `from`.
extern const Mapping kLower[];
extern const size_t kLowerCount;
extern const Mapping kFirstOfDecomposition[];
extern const size_t kFirstOfDecompositionCount;

}  // namespace hone::unicode_tables
