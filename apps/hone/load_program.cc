#include "load_program.h"

#include "backend/cpu/target.h"
#include "frontend/onnx/import.h"
#include "frontend/tflite/import.h"
#include "model_kind.h"
#include "passes/program.h"

namespace hone::cli {
namespace {

// The constants of a graph and of its nodes' graphs, by name.
void add_constants(const ir::Graph& graph, WeightMap& map, LoadedProgram& loaded) {
  for (const ir::Value& value : graph.values) {
    if (value.kind != ir::ValueKind::constant) continue;
    map.by_name[value.name] = {.bytes = value.constant.bytes};
    if (value.constant.owned) loaded.constants.push_back(value.constant.owned);
  }
  for (const ir::Node& node : graph.nodes) {
    for (const ir::Graph& body : node.subgraphs) add_constants(body, map, loaded);
  }
}

Expected<ir::Graph> import_onnx(const std::filesystem::path& path, LoadedProgram& loaded) {
  HONE_TRY(onnx::ModelView view, onnx::parse_model(loaded.file->bytes()));
  loaded.onnx = std::make_unique<onnx::ModelView>(std::move(view));
  loaded.source = std::make_unique<onnx::TensorSource>(path.parent_path());
  HONE_TRY(onnx::ImportedModel imported, onnx::import_model(*loaded.onnx, *loaded.source));
  loaded.outputs = std::move(imported.output_names);
  return std::move(imported.graph);
}

using States = std::vector<std::shared_ptr<const std::vector<std::byte>>>;

Expected<ir::Graph> import_tflite(LoadedProgram& loaded, States& states) {
  HONE_TRY(const tflite::ModelView view, tflite::parse_model(loaded.file->bytes()));
  HONE_TRY(tflite::ImportedModel imported, tflite::import_model(view));
  loaded.outputs = std::move(imported.output_names);
  states = std::move(imported.states);
  return std::move(imported.graph);
}

Status load(const std::filesystem::path& path, const ProgramSettings& settings,
            LoadedProgram& loaded) {
  HONE_TRY(MappedFile file, MappedFile::open(path));
  loaded.file = std::make_unique<MappedFile>(std::move(file));
  const bool tflite = is_tflite(loaded.file->bytes());
  States states;
  HONE_TRY(ir::Graph made, tflite ? import_tflite(loaded, states) : import_onnx(path, loaded));
  const TargetDesc target = cpu_target();
  HONE_TRY(const ir::Graph graph, passes::run_pipeline(std::move(made), target));
  HONE_TRY(Program program, passes::make_program(graph, target));
  passes::keep_states(program, states);
  for (const int32_t input : program.inputs) {
    loaded.inputs.push_back(program.values[static_cast<size_t>(input)]);
  }
  WeightMap weights;
  add_constants(graph, weights, loaded);
  const int threads = settings.threads > 0 ? settings.threads : available_processors();
  loaded.pool = std::make_unique<ThreadPool>(threads);
  HONE_TRY(ProgramSession session,
           ProgramSession::open(std::move(program), weights, *loaded.pool, {.isa = settings.isa}));
  loaded.session = std::make_unique<ProgramSession>(std::move(session));
  return {};
}

}  // namespace

Expected<LoadedProgram> load_program(const std::filesystem::path& path,
                                     const ProgramSettings& settings) {
  LoadedProgram loaded;
  if (Status status = load(path, settings, loaded); !status) {
    return std::unexpected(std::move(status).error().context(path.filename().string()));
  }
  return loaded;
}

}  // namespace hone::cli
