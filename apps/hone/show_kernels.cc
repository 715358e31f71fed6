#include "show_kernels.h"

#include <algorithm>

#include "backend/cpu/choice.h"
#include "backend/cpu/engine_targets.h"
#include "backend/cpu/processor.h"
#include "base/json.h"
#include "open/load_program.h"
#include "table.h"
#include "typical_inputs.h"

namespace hone::cli {
namespace {

struct ChosenKernel {
  StepTime step;
  std::string_view origin;               // "usual", "tuned here", "shipped"
  const KernelChoice* choice = nullptr;  // null: usual, for nothing was measured
};

ChosenKernel kernel_of(StepTime step, const LoadedProgram& model) {
  ChosenKernel kernel{std::move(step), "usual"};
  for (const auto& [tuning, origin] :
       {std::pair{&model.tuned_here, "tuned here"}, std::pair{&model.shipped, "shipped"}}) {
    kernel.choice = tuning->find(kernel.step.text);
    if (kernel.choice == nullptr) continue;
    kernel.origin = origin;
    break;
  }
  return kernel;
}

// "conv product, tiles x4"
std::string kernel_text(const StepTime& step) {
  if (step.grain == 0) return step.variant;
  return cat(step.variant, step.grain > 0 ? ", tiles x" : ", tiles /",
             1 << (step.grain > 0 ? step.grain : -step.grain));
}

// "tuned here: 118 us instead of 131"
std::string reason_of(const ChosenKernel& kernel) {
  const KernelChoice* choice = kernel.choice;
  if (choice == nullptr) return "the first that takes it";
  if (choice->us == choice->default_us) return cat(kernel.origin, ": nothing was faster");
  return cat(kernel.origin, ": ", fixed(choice->us, 1), " us instead of ",
             fixed(choice->default_us, 1));
}

// What it computes in, and what it might.
std::string precision_text(const StepTime& step) {
  const Precision used = precision_of(step.op, step.variant), allowed = step.step->precision;
  if (used == allowed) return std::string(used == Precision::f32 ? "" : name_of(used));
  return cat(name_of(used), " (", name_of(allowed), " allowed)");
}

std::string text_of(const std::vector<ChosenKernel>& kernels, const Console& console) {
  Table table({{"STEP"}, {"OP"}, {"KERNEL"}, {"PRECISION"}, {"WHY"}}, "  ");
  for (const ChosenKernel& kernel : kernels) {
    table.row({printable(kernel.step.name), kernel.step.op, kernel_text(kernel.step),
               precision_text(kernel.step), reason_of(kernel)});
  }
  return table.text_for(console);
}

// "arm-dotprod: by the cost model, until 'hone tune' has measured there", of targets that run other
// kernels than those above.
Expected<std::string> elsewhere_text(const EngineFile& engine) {
  HONE_TRY(const EngineWeights index, engine.weight_index());
  HONE_TRY(const std::vector<Tuning> tunings, engine.tunings());
  std::string text;
  for (const std::string& name : index.targets) {
    const auto target = find_target(name);
    if (!target || !target->isa || is_for_here(*target)) continue;
    const auto count = std::ranges::count_if(tunings, [&](const Tuning& tuning) {
      return is_processor_of(tuning.processor, *target->isa);
    });
    text += cat(target->name, ": ");
    text += count == 0 ? "by the cost model, until 'hone tune' has measured there\n"
                       : cat("as measured on ", count, " such processor", count == 1 ? "" : "s",
                             ", else by the cost model\n");
  }
  return text.empty() ? text : cat("\nOn the other targets of this engine:\n", text);
}

Json json_of(const std::vector<ChosenKernel>& kernels) {
  Json list = Json::array();
  for (const ChosenKernel& kernel : kernels) {
    Json one = Json::object();
    one.set("step", kernel.step.name);
    one.set("op", kernel.step.op);
    one.set("variant", kernel.step.variant);
    one.set("grain", kernel.step.grain);
    const Precision used = precision_of(kernel.step.op, kernel.step.variant);
    one.set("rounds_to", name_of(used));
    one.set("may_round_to", name_of(kernel.step.step->precision));
    one.set("origin", kernel.origin);
    if (kernel.choice != nullptr) {
      one.set("us", kernel.choice->us);
      one.set("usual_us", kernel.choice->default_us);
    }
    list.push(std::move(one));
  }
  return list;
}

}  // namespace

Expected<int> show_kernels(const ModelFiles& files, bool json, Context& context) {
  HONE_TRY(const LoadedProgram model, load_program(files, {}));
  HONE_TRY(const std::vector<RunValue> inputs, usual_inputs(model, files, {}));
  HONE_TRY(Profile profile, model.session->profile(inputs));
  std::vector<ChosenKernel> kernels;
  for (StepTime& step : profile.steps) {
    if (step.step != nullptr) kernels.push_back(kernel_of(std::move(step), model));
  }
  std::string text =
      json ? json_of(kernels).write(kJsonPretty) + "\n" : text_of(kernels, context.console);
  if (!json && model.engine != nullptr) {
    HONE_TRY(const std::string elsewhere, elsewhere_text(*model.engine));
    text += elsewhere;
  }
  HONE_RETURN_IF_ERROR(context.console.print(text));
  return 0;
}

}  // namespace hone::cli
