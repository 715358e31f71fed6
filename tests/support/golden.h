// Goldens: named arrays in one small file, written by tools/make_llm_goldens.py.
//
// A file is the 8 bytes "HGOLDEN1", then records until its end, all little-endian:
//   u32 size of the name, the name, u32 kind, u32 count, the payload
// kind 0: text of `count` bytes; 1: int32 x count; 2: float32 x count. Records are not padded.
// tests/golden/llm/README.md says which names a language model's file has.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hone::test {

class Golden {
 public:
  static Expected<Golden> open(const std::string& path);
  static Expected<Golden> parse(std::string_view bytes);

  // A name that is not there, or of another kind, gives an empty value.
  std::string_view text(std::string_view name) const;
  std::span<const int32_t> ints(std::string_view name) const;
  std::span<const float> floats(std::string_view name) const;
  bool has(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> texts_;
  std::map<std::string, std::vector<int32_t>, std::less<>> ints_;
  std::map<std::string, std::vector<float>, std::less<>> floats_;
};

// How far `values` are from the truth: the largest and the mean difference.
struct Difference {
  double max = 0;
  double mean = 0;
};
// Over the whole of equally long spans; infinite if they differ in length or a value is NaN.
Difference difference(std::span<const float> values, std::span<const float> truth);
// values[ids[i]] against truth[i]; infinite if an id is out of range.
Difference difference_at(std::span<const float> values, std::span<const int32_t> ids,
                         std::span<const float> truth);

}  // namespace hone::test
