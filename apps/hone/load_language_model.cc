#include "load_language_model.h"

#include <algorithm>

#include "backend/cpu/target.h"
#include "base/memory.h"
#include "passes/plan.h"

namespace hone::cli {
namespace {

// Keys and values of all sequences, in bytes. The factors are bounded by decoder_limits, their
// product is not: hence double.
double cache_bytes(const LanguageModelInfo& info, int64_t positions, int64_t sequences) {
  return 2.0 * sizeof(uint16_t) * static_cast<double>(info.layers) *
         static_cast<double>(info.kv_heads) * static_cast<double>(info.head_dim) *
         static_cast<double>(positions) * static_cast<double>(sequences);
}

Status check_memory(const LanguageModelFile& file, const LanguageModelInfo& info, int64_t positions,
                    int64_t sequences) {
  const uint64_t available = available_memory();
  const double cache = cache_bytes(info, positions, sequences);
  const double needed = static_cast<double>(file.bytes()) + cache;
  if (available == 0 || needed <= static_cast<double>(available)) return {};
  constexpr double kMost = 1e18;
  Error error{Code::limit_exceeded,
              cat("the model needs ", human_bytes(file.bytes()), " and a context of ", positions,
                  " needs ", human_bytes(static_cast<uint64_t>(std::min(cache, kMost))),
                  ", but only ", human_bytes(available),
                  " of memory are free; choose a smaller model or a shorter context with -c"),
              file.name()};
  return std::unexpected(std::move(error));
}

// What a session is opened with.
struct Prepared {
  Plan plan;
  LanguageModelInfo info;
  WeightMap weights;
};

Expected<Prepared> compile(LoadedLanguageModel& loaded, const LoadSettings& settings) {
  const GgufFile& file = *loaded.file->gguf();
  HONE_TRY(LanguageModelGraph graph, build_language_model(file, settings.graph));
  Prepared made;
  HONE_TRY_CONTEXT(made.plan, plan_language_model(graph, settings.pipeline), file.name());
  made.weights = weights_of(graph.graph, loaded.constants);
  made.weights.release = [&file](Bytes packed) { file.drop_pages(packed); };
  made.info = std::move(graph.info);
  return made;
}

Expected<Prepared> from_engine(const EngineFile& engine) {
  Prepared made;
  HONE_TRY(made.plan, engine.plan());
  HONE_TRY(made.info, engine.language_model());
  HONE_TRY(made.weights, engine.weights());
  return made;
}

}  // namespace

WeightMap weights_of(const ir::Graph& graph,
                     std::vector<std::shared_ptr<const std::vector<std::byte>>>& constants) {
  WeightMap map;
  for (const ir::Value& value : graph.values) {
    if (value.kind != ir::ValueKind::constant) continue;
    map.add_canonical(value.name, value.constant.bytes);
    if (value.constant.owned) constants.push_back(value.constant.owned);
  }
  return map;
}

Expected<Plan> plan_language_model(const LanguageModelGraph& graph,
                                   const passes::PipelineOptions& pipeline) {
  const TargetDesc target = cpu_target();
  HONE_TRY(const ir::Graph lowered, passes::run_pipeline(graph.graph, target, pipeline));
  return passes::make_plan(lowered, target);
}

Expected<LoadedLanguageModel> load_language_model(LanguageModelFile file,
                                                  const LoadSettings& settings) {
  LoadedLanguageModel loaded;
  loaded.file = std::make_unique<LanguageModelFile>(std::move(file));
  HONE_TRY(Prepared prepared, loaded.file->engine() != nullptr ? from_engine(*loaded.file->engine())
                                                               : compile(loaded, settings));
  const int64_t context = settings.context > 0
                              ? settings.context
                              : std::min(prepared.info.context_length, kDefaultContext);
  HONE_RETURN_IF_ERROR(check_memory(*loaded.file, prepared.info, context, settings.sequences));
  const int threads = settings.threads > 0 ? settings.threads : available_processors();
  loaded.pool = std::make_unique<ThreadPool>(threads);
  const SessionOptions options{.isa = settings.isa,
                               .state = {.positions = context, .sequences = settings.sequences}};
  HONE_TRY_CONTEXT(Session session,
                   Session::open(std::move(prepared.plan), prepared.weights, *loaded.pool, options),
                   loaded.file->name());
  HONE_TRY_CONTEXT(LanguageModel model,
                   LanguageModel::open(std::move(session), std::move(prepared.info)),
                   loaded.file->name());
  loaded.model = std::make_unique<LanguageModel>(std::move(model));
  return loaded;
}

}  // namespace hone::cli
