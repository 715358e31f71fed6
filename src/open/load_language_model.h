// From a GGUF to a language model that runs, in memory: front end, passes, plan, session.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend/cpu/isa.h"
#include "base/thread_pool.h"
#include "frontend/gguf/arch/family.h"
#include "llm/generate/language_model.h"
#include "open/language_model_file.h"
#include "passes/pipeline.h"

namespace hone {

struct LoadSettings {
  int threads = 0;      // 0: as many as this process may use
  int64_t context = 0;  // positions; 0: what the model was trained for, at most kDefaultContext
  int64_t sequences = 1;
  Isa isa = best_isa();
  LanguageModelOptions graph;
  passes::PipelineOptions pipeline;
};
inline constexpr int64_t kDefaultContext = 4096;

// Owns everything the model stands on. Move only.
struct LoadedLanguageModel {
  std::unique_ptr<LanguageModelFile> file;
  std::vector<std::shared_ptr<const std::vector<std::byte>>> constants;  // made by the front end
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<LanguageModel> model;
};

// The constants of a language model's graph by name; those that it owns are kept by `constants`.
WeightMap weights_of(const ir::Graph& graph,
                     std::vector<std::shared_ptr<const std::vector<std::byte>>>& constants);

// The plan, and the graph behind the passes, which has its weights. (Views of the source's.)
struct PlannedLanguageModel {
  ir::Graph graph;
  Plan plan;
};
Expected<PlannedLanguageModel> plan_language_model(const LanguageModelGraph& graph,
                                                   const passes::PipelineOptions& pipeline = {});

// limit_exceeded when weights and cache do not fit this machine's free memory.
Expected<LoadedLanguageModel> load_language_model(LanguageModelFile file,
                                                  const LoadSettings& settings = {});

}  // namespace hone
