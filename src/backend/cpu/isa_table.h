// HONE_ISA_TABLE(RmsNormFns, rms_norm_fns) defines `const RmsNormFns& rms_norm_fns(Isa)` over the
// tables that the units of each instruction set export as hone::<isa>::rms_norm_fns. Sets of
// another architecture have scalar's: who asks kernels of such a set asks how they want weights,
// and runs none.
//
// HONE_BF16_TABLE(ConvBf16Fns, conv_bf16_fns) defines `const ConvBf16Fns* conv_bf16_fns(Isa)`, null
// for sets that do not multiply bf16; HONE_AMX_TABLE likewise for sets without tiles.
#pragma once

#include "backend/cpu/isa.h"

#define HONE_ISA_DECLARE(isa, Fns, name) \
  namespace isa {                        \
  extern const Fns name;                 \
  }
#define HONE_ISA_CASE_AS(isa, like, name) \
  case Isa::isa:                          \
    return like::name;
#define HONE_ISA_CASE(isa, name) HONE_ISA_CASE_AS(isa, isa, name)
#define HONE_ISA_LABEL(isa) case Isa::isa:

#if defined(__x86_64__)
#define HONE_ISA_TABLE(Fns, name)                    \
  HONE_ISA_DECLARE(scalar, Fns, name)                \
  HONE_ISA_DECLARE(avx2, Fns, name)                  \
  HONE_ISA_DECLARE(avx512vnni, Fns, name)            \
  static const Fns& name(Isa isa) {                  \
    switch (isa) {                                   \
      HONE_ISA_CASE(avx2, name)                      \
      HONE_ISA_CASE(avx512vnni, name)                \
      HONE_ISA_CASE_AS(avx512bf16, avx512vnni, name) \
      HONE_ISA_CASE_AS(amx, avx512vnni, name)        \
      HONE_FOR_EACH_ARM_ISA(HONE_ISA_LABEL)          \
      case Isa::scalar:                              \
        return scalar::name;                         \
    }                                                \
    return scalar::name;                             \
  }
#elif defined(__aarch64__)
#define HONE_ISA_TABLE(Fns, name)           \
  HONE_ISA_DECLARE(scalar, Fns, name)       \
  HONE_ISA_DECLARE(neon, Fns, name)         \
  HONE_ISA_DECLARE(neon_dotprod, Fns, name) \
  static const Fns& name(Isa isa) {         \
    switch (isa) {                          \
      HONE_ISA_CASE(neon, name)             \
      HONE_ISA_CASE(neon_dotprod, name)     \
      HONE_FOR_EACH_X86_ISA(HONE_ISA_LABEL) \
      case Isa::scalar:                     \
        return scalar::name;                \
    }                                       \
    return scalar::name;                    \
  }
#else
#define HONE_ISA_TABLE(Fns, name)     \
  HONE_ISA_DECLARE(scalar, Fns, name) \
  static const Fns& name(Isa) { return scalar::name; }
#endif

#if defined(__x86_64__)
#define HONE_BF16_TABLE(Fns, name)                                   \
  HONE_ISA_DECLARE(avx512bf16, Fns, name)                            \
  static const Fns* name(Isa isa) {                                  \
    const bool has_them = isa == Isa::avx512bf16 || isa == Isa::amx; \
    return has_them ? &avx512bf16::name : nullptr;                   \
  }
#define HONE_AMX_TABLE(Fns, name)  \
  HONE_ISA_DECLARE(amx, Fns, name) \
  static const Fns* name(Isa isa) { return isa == Isa::amx ? &amx::name : nullptr; }
#else
#define HONE_BF16_TABLE(Fns, name) \
  static const Fns* name(Isa) { return nullptr; }
#define HONE_AMX_TABLE(Fns, name) HONE_BF16_TABLE(Fns, name)
#endif
