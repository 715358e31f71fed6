#include "backend/cpu/engine_targets.h"

#include <algorithm>

#include "base/text.h"

namespace hone {
namespace {

constexpr EngineTarget kTargets[] = {
    {"x86-avx2", Isa::avx2, true, "x86-64 with AVX2, FMA and F16C"},
    {"x86-avx512vnni", Isa::avx512vnni, true, "x86-64 with AVX-512 VNNI"},
    {"x86-avx512bf16", Isa::avx512bf16, true, "x86-64 with AVX-512 VNNI and BF16"},
    {"x86-amx", Isa::amx, true, "x86-64 with AMX"},
    {"arm-neon", Isa::neon, true, "64-bit ARM"},
    {"arm-dotprod", Isa::neon_dotprod, true, "64-bit ARM with dot products"},
    {"scalar", Isa::scalar, true, "any processor, by kernels without SIMD"},
    {"wasm-simd", Isa::scalar, false, "WebAssembly, as scalar until it has kernels"},
    {"generic", std::nullopt, true, "weights as the model has them, for back ends"},
};

constexpr bool is_target(Isa isa) {
  return std::ranges::find(kTargets, std::optional(isa), &EngineTarget::isa) != std::end(kTargets);
}
#define HONE_IS_TARGET(isa) static_assert(is_target(Isa::isa));
HONE_FOR_EACH_ISA(HONE_IS_TARGET)
#undef HONE_IS_TARGET

// How well the weights of a target suit kernels of `isa`.
int suits(const EngineTarget* target, Isa isa) {
  if (target == nullptr) return 0;  // of a newer hone
  if (!target->isa) return 1;
  if (*target->isa == isa) return 4;
  if (sizes_of(*target->isa) != sizes_of(isa)) return 0;
  return multiplies_bf16(*target->isa) == multiplies_bf16(isa) ? 3 : 2;
}

const EngineTarget* known_target(std::string_view name) {
  const auto found = std::ranges::find(kTargets, name, &EngineTarget::name);
  return found == std::end(kTargets) ? nullptr : found;
}

}  // namespace

std::span<const EngineTarget> engine_targets() { return kTargets; }

const EngineTarget& target_of(Isa isa) {
  return *std::ranges::find(kTargets, std::optional(isa), &EngineTarget::isa);
}

Expected<EngineTarget> find_target(std::string_view name) {
  if (name == "native") return target_of(best_isa());
  if (const EngineTarget* found = known_target(name)) return *found;
  std::string names = "native";
  for (const EngineTarget& target : kTargets) names += cat(", ", target.name);
  return fail(Code::not_found, "hone makes no engines for the target '", printable(name),
              "'; there are ", names);
}

bool is_for_here(const EngineTarget& target) {
  if (!target.isa || target.isa == best_isa()) return target.isa.has_value();
  const auto isas = supported_isas();
  return target.isa != Isa::scalar && sizes_of(*target.isa) == sizes_of(best_isa()) &&
         std::ranges::find(isas, *target.isa) != isas.end();
}

size_t nearest_target(std::span<const std::string> names, Isa isa) {
  const auto best = std::ranges::max_element(
      names, {}, [&](const std::string& name) { return suits(known_target(name), isa); });
  return static_cast<size_t>(best - names.begin());
}

}  // namespace hone
