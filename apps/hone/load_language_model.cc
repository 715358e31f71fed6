#include "load_language_model.h"

#include <algorithm>

#include "backend/cpu/target.h"
#include "base/memory.h"
#include "passes/plan.h"

namespace hone::cli {
namespace {

// The constants of a graph by name. Those the graph owns are kept alive by `constants`.
WeightMap weight_map(const ir::Graph& graph,
                     std::vector<std::shared_ptr<const std::vector<std::byte>>>& constants) {
  WeightMap map;
  for (const ir::Value& value : graph.values) {
    if (value.kind != ir::ValueKind::constant) continue;
    map.by_name[value.name] = {.bytes = value.constant.bytes};
    if (value.constant.owned) constants.push_back(value.constant.owned);
  }
  return map;
}

// Keys and values of all sequences, in bytes. The factors are bounded by decoder_limits, their
// product is not: hence double.
double cache_bytes(const LanguageModelInfo& info, int64_t positions, int64_t sequences) {
  return 2.0 * sizeof(uint16_t) * static_cast<double>(info.layers) *
         static_cast<double>(info.kv_heads) * static_cast<double>(info.head_dim) *
         static_cast<double>(positions) * static_cast<double>(sequences);
}

Status check_memory(const GgufFile& file, const LanguageModelInfo& info, int64_t positions,
                    int64_t sequences) {
  const uint64_t available = available_memory();
  const double cache = cache_bytes(info, positions, sequences);
  const double needed = static_cast<double>(file.file_bytes()) + cache;
  if (available == 0 || needed <= static_cast<double>(available)) return {};
  constexpr double kMost = 1e18;
  Error error{Code::limit_exceeded,
              cat("the model needs ", human_bytes(file.file_bytes()), " and a context of ",
                  positions, " needs ", human_bytes(static_cast<uint64_t>(std::min(cache, kMost))),
                  ", but only ", human_bytes(available),
                  " of memory are free; choose a smaller model or a shorter context with -c"),
              file.name()};
  return std::unexpected(std::move(error));
}

}  // namespace

Expected<Plan> plan_language_model(const LanguageModelGraph& graph,
                                   const passes::PipelineOptions& pipeline) {
  const TargetDesc target = cpu_target();
  HONE_TRY(const ir::Graph lowered, passes::run_pipeline(graph.graph, target, pipeline));
  return passes::make_plan(lowered, target);
}

Expected<LoadedLanguageModel> load_language_model(GgufFile file, const LoadSettings& settings) {
  LoadedLanguageModel loaded;
  loaded.file = std::make_unique<GgufFile>(std::move(file));
  HONE_TRY(LanguageModelGraph graph, build_language_model(*loaded.file, settings.graph));
  const int64_t context = settings.context > 0
                              ? settings.context
                              : std::min(graph.info.context_length, kDefaultContext);
  HONE_RETURN_IF_ERROR(check_memory(*loaded.file, graph.info, context, settings.sequences));
  HONE_TRY_CONTEXT(Plan plan, plan_language_model(graph, settings.pipeline), loaded.file->name());
  WeightMap weights = weight_map(graph.graph, loaded.constants);
  weights.release = [&](std::string_view name) {
    if (const GgufTensor* tensor = loaded.file->find_tensor(name)) loaded.file->drop_pages(*tensor);
  };
  const int threads = settings.threads > 0 ? settings.threads : available_processors();
  loaded.pool = std::make_unique<ThreadPool>(threads);
  const SessionOptions options{.isa = settings.isa,
                               .state = {.positions = context, .sequences = settings.sequences}};
  HONE_TRY_CONTEXT(Session session, Session::open(std::move(plan), weights, *loaded.pool, options),
                   loaded.file->name());
  HONE_TRY(LanguageModel model, LanguageModel::open(std::move(session), std::move(graph.info)));
  loaded.model = std::make_unique<LanguageModel>(std::move(model));
  return loaded;
}

}  // namespace hone::cli
