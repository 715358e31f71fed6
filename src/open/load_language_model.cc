#include "open/load_language_model.h"

#include <algorithm>

#include "backend/cpu/engine_targets.h"
#include "backend/cpu/target.h"
#include "base/memory.h"
#include "passes/plan.h"

namespace hone {
namespace {

// `states` in bytes, which may be more than any number of 64 bits.
Status check_memory(const LanguageModelFile& file, int64_t context, double states) {
  const uint64_t available = available_memory();
  const double needed = static_cast<double>(file.bytes()) + states;
  if (available == 0 || needed <= static_cast<double>(available)) return {};
  constexpr double kMost = 1e18;
  Error error{Code::limit_exceeded,
              cat("the model needs ", human_bytes(file.bytes()), " and a context of ", context,
                  " needs ", human_bytes(static_cast<uint64_t>(std::min(states, kMost))),
                  ", but only ", human_bytes(available),
                  " of memory are free; choose a smaller model or a shorter context with -c"),
              file.name()};
  return std::unexpected(std::move(error));
}

// Most runs touch little of the arena, which is for the largest.
Status check_arena(const LanguageModelFile& file, uint64_t arena) {
  const uint64_t available = available_memory();
  if (available == 0 || arena <= available) return {};
  Error error{Code::limit_exceeded,
              cat("a run of the model needs ", human_bytes(arena), ", but only ",
                  human_bytes(available), " of memory are free"),
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
  HONE_TRY_CONTEXT(PlannedLanguageModel planned, plan_language_model(graph, settings.pipeline),
                   file.name());
  made.plan = std::move(planned.plan);
  made.weights = weights_of(planned.graph, loaded.constants);
  made.weights.release = [&file](Bytes packed) { file.drop_pages(packed); };
  made.info = std::move(graph.info);
  return made;
}

Expected<Prepared> from_engine(const EngineFile& engine, Isa isa) {
  Prepared made;
  const auto nearest = [&](std::span<const std::string> targets) {
    return nearest_target(targets, isa);
  };
  HONE_TRY(made.plan, engine.plan({}, nearest));
  HONE_TRY(made.info, engine.language_model());
  HONE_TRY(made.weights, engine.weights_of(made.plan));
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

Expected<PlannedLanguageModel> plan_language_model(const LanguageModelGraph& graph,
                                                   const passes::PipelineOptions& pipeline) {
  const TargetDesc target = cpu_target();
  PlannedLanguageModel made;
  HONE_TRY(made.graph, passes::run_pipeline(graph.graph, target, pipeline));
  HONE_TRY(made.plan, passes::make_plan(made.graph, target));
  return made;
}

Expected<LoadedLanguageModel> load_language_model(LanguageModelFile file,
                                                  const LoadSettings& settings) {
  LoadedLanguageModel loaded;
  loaded.file = std::make_unique<LanguageModelFile>(std::move(file));
  const EngineFile* engine = loaded.file->engine();
  HONE_TRY(Prepared prepared,
           engine != nullptr ? from_engine(*engine, settings.isa) : compile(loaded, settings));
  const int64_t context = settings.context > 0
                              ? settings.context
                              : std::min(prepared.info.context_length, kDefaultContext);
  const int threads = settings.threads > 0 ? settings.threads : available_processors();
  loaded.pool = std::make_unique<ThreadPool>(threads);
  const SessionOptions options{.isa = settings.isa,
                               .state = {.positions = context, .sequences = settings.sequences}};
  const double states = StateStore::bytes_of(prepared.plan, options.state);
  HONE_RETURN_IF_ERROR(check_memory(*loaded.file, context, states));
  HONE_TRY_CONTEXT(Session session,
                   Session::open(std::move(prepared.plan), prepared.weights, *loaded.pool, options),
                   loaded.file->name());
  HONE_RETURN_IF_ERROR(check_arena(*loaded.file, session.arena_bytes()));
  HONE_TRY_CONTEXT(LanguageModel model,
                   LanguageModel::open(std::move(session), std::move(prepared.info)),
                   loaded.file->name());
  loaded.model = std::make_unique<LanguageModel>(std::move(model));
  return loaded;
}

}  // namespace hone
