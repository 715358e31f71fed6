#include "backend/cpu/processor.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "backend/cpu/isa.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/text.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace hone {
namespace {

#if defined(__x86_64__)
// Maker, family, model and stepping, as CPUID's leaves 0 and 1 have them.
std::string model_name() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  std::array<char, 12> maker{};
  if (__get_cpuid(0, &a, &b, &c, &d) == 0) return "x86-64";
  std::memcpy(maker.data(), &b, 4);
  std::memcpy(maker.data() + 4, &d, 4);
  std::memcpy(maker.data() + 8, &c, 4);
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return "x86-64";
  const unsigned family = (a >> 8 & 15) + (a >> 20 & 255);
  const unsigned model = (a >> 4 & 15) + (a >> 16 & 15) * 16;
  return cat(printable({maker.data(), maker.size()}), " ", family, ".", model, ".", a & 15);
}
#else
std::string model_name() {
  constexpr size_t kMostBytes = 64;
  const auto id =
      read_file("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1", kMostBytes);
  return id ? printable(trim(*id)) : "unknown processor";
}
#endif

}  // namespace

std::string processor_key() {
  std::string key = cat(model_name(), ", ", name_of(best_isa()));
  for (int level = 1; level <= 3; ++level) {
    if (const uint64_t bytes = cache_bytes(level); bytes > 0) {
      key += cat(", ", bytes >> 10, " KiB L", level);
    }
  }
  return key;
}

bool is_processor_of(std::string_view key, Isa isa) {
  const auto parts = split(key, ',');
  return std::ranges::any_of(parts,
                             [&](std::string_view part) { return trim(part) == name_of(isa); });
}

}  // namespace hone
