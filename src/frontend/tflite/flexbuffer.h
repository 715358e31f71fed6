// FlexBuffers, as far as the options of custom operators need them: numbers in a map. Source:
// flatbuffers' internals, "FlexBuffers".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace hone::tflite::flexbuffer {

// Views bytes that nobody has checked; what does not fit in them is not there.
class Map {
 public:
  Map() = default;
  explicit Map(Bytes file);

  // The integer, float or boolean of that name.
  std::optional<double> number(std::string_view name) const;

 private:
  std::optional<std::string_view> key(uint64_t i) const;
  std::optional<double> value(uint64_t i) const;
  std::optional<uint64_t> read(uint64_t at, uint64_t width) const;
  // The place that an offset at `at` leads back to.
  std::optional<uint64_t> follow(uint64_t at, uint64_t width) const;
  std::optional<double> number_at(uint64_t at, uint64_t width, uint8_t type) const;

  Bytes file_;
  uint64_t count_ = 0;
  uint64_t values_ = 0, width_ = 1;     // place and bytes of each
  uint64_t keys_ = 0, keys_width_ = 1;  // offsets of texts
};

}  // namespace hone::tflite::flexbuffer
