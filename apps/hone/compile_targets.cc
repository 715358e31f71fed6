#include "compile_targets.h"

#include <algorithm>

#include "backend/cpu/processor.h"
#include "base/text.h"

namespace hone::cli {

Expected<std::vector<EngineTarget>> read_targets(std::span<const std::string> texts,
                                                 Context& context) {
  std::vector<EngineTarget> targets;
  for (const std::string& text : texts) {
    for (const std::string_view name : split(text, ',')) {
      HONE_TRY_CONTEXT(const EngineTarget target, find_target(trim(name)), "--target");
      if (std::ranges::find(targets, target.name, &EngineTarget::name) != targets.end()) continue;
      targets.push_back(target);
      if (target.has_kernels) continue;
      context.console.note(cat(target.name,
                               ": hone has no kernels for it yet; its weights are those of ",
                               target_of(*target.isa).name, "\n"));
    }
  }
  if (targets.empty()) targets.push_back(target_of(best_isa()));
  return targets;
}

bool are_for_here(std::span<const EngineTarget> targets) {
  return std::ranges::any_of(targets, is_for_here);
}

std::vector<Tuning> measured_elsewhere(std::span<const Tuning> cache,
                                       std::span<const EngineTarget> targets) {
  std::vector<Tuning> found;
  for (const Tuning& tuning : cache) {
    const bool wanted = std::ranges::any_of(targets, [&](const EngineTarget& target) {
      return target.isa && is_processor_of(tuning.processor, *target.isa);
    });
    if (wanted && tuning.processor != processor_key()) found.push_back(tuning);
  }
  return found;
}

std::string targets_text(std::span<const TargetShare> shares) {
  std::string text;
  for (const TargetShare& share : shares) {
    const bool is_first = &share == &shares.front();
    text += cat(is_first ? "" : ", ", printable(share.name), " ",
                is_first || share.more_bytes > 0 ? human_bytes(share.more_bytes) : "nothing",
                is_first ? "" : " more");
  }
  return text;
}

Json targets_json(std::span<const TargetShare> shares) {
  Json list = Json::array();
  for (const TargetShare& share : shares) {
    Json one = Json::object();
    one.set("name", share.name);
    one.set("weights", share.weights);
    one.set("weight_bytes", share.bytes);
    one.set("more_bytes", share.more_bytes);
    list.push(std::move(one));
  }
  return list;
}

}  // namespace hone::cli
