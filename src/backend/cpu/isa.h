// The instruction sets that kernels are compiled for, and which of them this processor has. Every
// build names those of all architectures, because engines are made for any (engine_targets.h); it
// has kernels of its own's.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "backend/cpu/isa_sizes.h"

namespace hone {

// Names are those of the kernels' namespaces and of backend/cpu/simd's headers; better ones later.
#define HONE_FOR_EACH_X86_ISA(M) M(avx2) M(avx512vnni) M(avx512bf16) M(amx)
#define HONE_FOR_EACH_ARM_ISA(M) M(neon) M(neon_dotprod)
#define HONE_FOR_EACH_ISA(M) M(scalar) HONE_FOR_EACH_X86_ISA(M) HONE_FOR_EACH_ARM_ISA(M)

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
const IsaSizes& sizes_of(Isa isa);
inline Isa best_isa() { return supported_isas().back(); }

}  // namespace hone
