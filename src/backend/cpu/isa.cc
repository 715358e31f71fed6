#include "backend/cpu/isa.h"

#include <array>
#include <cstddef>

#if defined(__aarch64__)
#include <sys/auxv.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>

#include "base/tile_permission.h"
#endif

namespace hone {
namespace {

constexpr std::string_view kNames[] = {
#define HONE_ISA_NAME(isa) #isa,
    HONE_FOR_EACH_ISA(HONE_ISA_NAME)
#undef HONE_ISA_NAME
};

constexpr IsaSizes kSizes[] = {
#define HONE_ISA_SIZES(isa) isa_sizes::isa,
    HONE_FOR_EACH_ISA(HONE_ISA_SIZES)
#undef HONE_ISA_SIZES
};

#if defined(__x86_64__)
// Tiles of 8-bit integers and of bf16.
bool has_tiles() {
  constexpr unsigned kBf16 = 1u << 22, kTile = 1u << 24, kInt8 = 1u << 25;  // of leaf 7's edx
  constexpr unsigned kAll = kBf16 | kTile | kInt8;
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & kAll) != kAll) return false;
  return ask_for_tiles();
}
#endif

bool processor_has([[maybe_unused]] Isa isa) {
#if defined(__x86_64__)
  // GCC's and clang's cpu_supports check the operating system's register state as well.
  if (isa == Isa::avx2) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("f16c");
  }
  if (isa == Isa::amx) return processor_has(Isa::avx512bf16) && has_tiles();
  if (isa == Isa::avx512bf16) {
    return __builtin_cpu_supports("avx512bf16") && processor_has(Isa::avx512vnni);
  }
  if (isa == Isa::avx512vnni) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni") && processor_has(Isa::avx2);
  }
#elif defined(__aarch64__)
  constexpr unsigned long kHwcapDotprod = 1ul << 20;  // HWCAP_ASIMDDP
  if (isa == Isa::neon_dotprod) return (getauxval(AT_HWCAP) & kHwcapDotprod) != 0;
  if (isa == Isa::neon) return true;
#endif
  return isa == Isa::scalar;
}

struct Supported {
  std::array<Isa, std::size(kNames)> list{};
  size_t count = 0;
  Supported() {
    for (size_t i = 0; i < std::size(kNames); ++i) {
      if (processor_has(static_cast<Isa>(i))) list[count++] = static_cast<Isa>(i);
    }
  }
};

}  // namespace

std::string_view name_of(Isa isa) { return kNames[static_cast<size_t>(isa)]; }

std::optional<Isa> find_isa(std::string_view name) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name) return static_cast<Isa>(i);
  }
  return std::nullopt;
}

const IsaSizes& sizes_of(Isa isa) { return kSizes[static_cast<size_t>(isa)]; }

bool multiplies_bf16(Isa isa) { return name_of(isa).ends_with("bf16") || isa == Isa::amx; }

std::span<const Isa> supported_isas() {
  static const Supported kSupported;
  return {kSupported.list.data(), kSupported.count};
}

}  // namespace hone
