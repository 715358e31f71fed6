#include "backend/cpu/choice.h"

#include <algorithm>

#include "backend/cpu/packed_weights.h"
#include "backend/cpu/widen.h"
#include "base/sha256.h"
#include "base/text.h"
#include "tensor/layout/layout.h"

namespace hone {
namespace {

// Attributes may hold whole tables; what is longer than this stands as its hash.
constexpr size_t kMostText = 512;

void add_operand(std::string& text, const Operand& operand) {
  if (!operand.present()) {
    text += " -";
    return;
  }
  if (operand.state != nullptr) {
    const KvView& state = *operand.state;
    text += cat(" state[", state.sequences, ",", state.heads, ",", state.head_dim, "]");
    return;
  }
  text += cat(" ", name_of(operand.view.dtype), "[");
  const char* comma = "";
  for (const int64_t size : operand.view.dims.sizes()) {
    text += cat(comma, size);
    comma = ",";
  }
  text += "]";
  if (operand.layout != kCanonicalLayout && !is_kernel_layout(operand)) {
    text += cat(".", operand.layout);  // others do not matter: kernels have them as they want them
  }
  if (operand.is_constant) text += operand.is_weight ? "w" : "c";
}

// Whether both give the same bits.
bool alike(const CpuKernel& a, const CpuKernel& b) {
  return &a == &b || (!a.numerics.empty() && a.numerics == b.numerics);
}

const CpuKernel* find_kernel(std::string_view op, std::string_view variant) {
  const std::span<const CpuKernel> kernels = cpu_kernels(op);
  const auto found = std::ranges::find(kernels, variant, &CpuKernel::variant);
  return found == kernels.end() ? nullptr : &*found;
}

// What `choice` names, if it may stand for `usual`. Rows of one name accept different bindings.
const CpuKernel* chosen_kernel(const StepBinding& binding, const CpuKernel& usual,
                               const KernelChoice& choice) {
  if (choice.variant == usual.variant) return &usual;
  for (const CpuKernel& kernel : cpu_kernels(binding.op->name)) {
    if (kernel.variant == choice.variant && alike(kernel, usual) && kernel.accepts(binding)) {
      return &kernel;
    }
  }
  return nullptr;
}

}  // namespace

std::string step_text(const StepBinding& binding) {
  std::string text(binding.op->name);
  if (const std::string attrs = binding.attrs->text(); !attrs.empty()) text += cat("(", attrs, ")");
  for (const Operand& operand : binding.operands) add_operand(text, operand);
  text += " >";
  for (const Operand& result : binding.results) add_operand(text, result);
  if (binding.precision != Precision::f32) {
    text += cat(" ", name_of(binding.precision));
  }
  text += cat(" ", name_of(binding.isa), " ", binding.threads,
              binding.threads == 1 ? " thread" : " threads");
  if (text.size() <= kMostText) return text;
  return cat(binding.op->name, " ", hex(sha256(as_bytes(text))));
}

std::vector<KernelOption> kernel_options(const StepBinding& binding) {
  std::vector<KernelOption> options;
  const CpuKernel* usual = choose_kernel(binding);
  if (usual == nullptr) return options;
  options.push_back({usual->variant, 0});
  for (const CpuKernel& kernel : cpu_kernels(binding.op->name)) {
    if (!alike(kernel, *usual) || !kernel.accepts(binding)) continue;
    // Definitions are exact as well, and a hundred times slower.
    if (&kernel != usual && kernel.variant == "generic") continue;
    if (&kernel != usual) options.push_back({kernel.variant, 0});
  }
  for (int grain = -kMostGrain; usual->has_grain && grain <= kMostGrain; ++grain) {
    if (grain != 0) options.push_back({usual->variant, grain});
  }
  return options;
}

Precision precision_of(std::string_view op, std::string_view variant) {
  const CpuKernel* kernel = find_kernel(op, variant);
  return kernel == nullptr ? Precision::f32 : kernel->precision;
}

ChosenStep bind_tuned(const StepBinding& binding, const Tuning* tuning, std::string_view text) {
  const CpuKernel* usual = choose_kernel(binding);
  if (usual == nullptr) return bind_widened(binding);
  const KernelChoice* choice = tuning == nullptr ? nullptr : tuning->find(text);
  const CpuKernel* kernel = choice == nullptr ? nullptr : chosen_kernel(binding, *usual, *choice);
  if (kernel == nullptr) return {usual->variant, bind_kernel(*usual, binding)};
  StepBinding tuned = binding;
  if (kernel->has_grain) tuned.grain = std::clamp(choice->grain, -kMostGrain, kMostGrain);
  return {kernel->variant, bind_kernel(*kernel, tuned), tuned.grain};
}

}  // namespace hone
