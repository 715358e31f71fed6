// The instruction sets that kernels are compiled for, and which of them this processor has.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace hone {

// Names are those of the kernels' namespaces and of backend/cpu/simd's headers; better ones later.
#if defined(__x86_64__)
#define HONE_FOR_EACH_ISA(M) M(scalar) M(avx2) M(avx512vnni) M(avx512bf16) M(amx)
#elif defined(__aarch64__)
#define HONE_FOR_EACH_ISA(M) M(scalar) M(neon) M(neon_dotprod)
#else
#define HONE_FOR_EACH_ISA(M) M(scalar)
#endif

enum class Isa {
#define HONE_ISA_NAME(isa) isa,
  HONE_FOR_EACH_ISA(HONE_ISA_NAME)
#undef HONE_ISA_NAME
};

std::string_view name_of(Isa isa);
std::optional<Isa> find_isa(std::string_view name);
// Those this processor and operating system support, the best last. Scalar is always there. The
// first call asks the system for AMX's registers, for all threads of the process.
std::span<const Isa> supported_isas();
bool multiplies_bf16(Isa isa);
inline Isa best_isa() { return supported_isas().back(); }

}  // namespace hone
