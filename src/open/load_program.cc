#include "open/load_program.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>

#include "backend/cpu/engine_targets.h"
#include "backend/cpu/processor.h"
#include "backend/cpu/target.h"
#include "base/machine.h"
#include "frontend/onnx/import.h"
#include "frontend/tflite/associated_files.h"
#include "frontend/tflite/import.h"
#include "open/language_model_file.h"
#include "open/load_weights.h"
#include "passes/code_grid.h"
#include "passes/input_shapes.h"
#include "passes/program.h"

namespace hone {
namespace {

// The constants of a graph and of its nodes' graphs, by name (ir::name_constants).
Status add_constants(const ir::Graph& graph, PreparedProgram& made) {
  for (const ir::Value& value : graph.values) {
    if (value.kind != ir::ValueKind::constant) continue;
    const StoredWeight* known = made.weights.find(value.name);
    if (known != nullptr && known->begin()->second.data() != value.constant.bytes.data()) {
      return fail(Code::internal, "two weights are called '", printable(value.name), "'");
    }
    made.weights.add_canonical(value.name, value.constant.bytes);
    if (value.constant.owned) made.constants.push_back(value.constant.owned);
  }
  for (const ir::Node& node : graph.nodes) {
    for (const ir::Graph& body : node.subgraphs) HONE_RETURN_IF_ERROR(add_constants(body, made));
  }
  return {};
}

Status import_onnx(const std::filesystem::path& path, ImportedProgram& made) {
  HONE_TRY(onnx::ModelView view, onnx::parse_model(made.file->bytes()));
  made.onnx = std::make_shared<onnx::ModelView>(std::move(view));
  made.source = std::make_shared<onnx::TensorSource>(path.parent_path());
  HONE_TRY(onnx::ImportedModel imported, onnx::import_model(*made.onnx, *made.source));
  made.interface.outputs = std::move(imported.output_names);
  for (const auto& [key, value] : made.onnx->metadata) {
    made.interface.metadata.push_back({std::string(key), std::string(value)});
  }
  made.graph = std::move(imported.graph);
  return {};
}

// Finds what is known of the fastest kernels on this processor, by this build.
Status find_tunings(const PreparedProgram& prepared, const ProgramSettings& settings,
                    LoadedProgram& loaded) {
  const TuningStore store = tuning_store(prepared.cache_folder);
  const bool ships = prepared.engine != nullptr && prepared.engine->holds(section_kind::kTuning);
  if (settings.will_tune || store.has_files()) loaded.digest = digest_of(prepared.program);
  if (!ships && !store.has_files()) return {};
  const std::string processor = processor_key(), build = build_id();
  if (auto here = store.find(loaded.digest, processor, build)) loaded.tuned_here = *std::move(here);
  if (!ships) return {};
  const auto tunings = prepared.engine->tunings();
  if (!tunings && tunings.error().code != Code::unsupported) {
    return std::unexpected(tunings.error());
  }
  const Tuning* own = tunings ? find_tuning(*tunings, processor, build) : nullptr;
  if (own != nullptr) loaded.shipped = *own;
  return {};
}

// Null if nothing is known.
std::shared_ptr<const Tuning> known_tuning(const LoadedProgram& loaded) {
  if (loaded.shipped.choices.empty() && loaded.tuned_here.choices.empty()) return nullptr;
  auto both = std::make_shared<Tuning>(loaded.shipped);
  for (const KernelChoice& choice : loaded.tuned_here.choices) both->set(choice);
  return both;
}

Expected<LoadedProgram> open(PreparedProgram prepared, const ProgramSettings& settings) {
  LoadedProgram loaded;
  HONE_RETURN_IF_ERROR(find_tunings(prepared, settings, loaded));
  loaded.engine = std::move(prepared.engine);
  loaded.constants = std::move(prepared.constants);
  loaded.outputs = std::move(prepared.interface.outputs);
  loaded.metadata = std::move(prepared.interface.metadata);
  loaded.codes.resize(loaded.outputs.size());
  for (const EngineCodes& codes : prepared.interface.codes) {
    const auto output = static_cast<size_t>(codes.output);
    if (output < loaded.codes.size()) loaded.codes[output] = Codes{codes.scale, codes.zero};
  }
  for (const int32_t input : prepared.program.inputs) {
    loaded.inputs.push_back(prepared.program.values[static_cast<size_t>(input)]);
  }
  const int threads = settings.threads > 0 ? settings.threads : available_processors();
  loaded.pool = std::make_unique<ThreadPool>(threads);
  HONE_TRY(
      ProgramSession session,
      ProgramSession::open(
          std::move(prepared.program), prepared.weights, *loaded.pool,
          {.isa = settings.isa, .tuning = known_tuning(loaded), .backends = settings.backends}));
  loaded.session = std::make_unique<ProgramSession>(std::move(session));
  return loaded;
}

// What was packed leaves this process's memory; constants that are no part of the file stay.
std::function<void(Bytes)> release_from(std::shared_ptr<const MappedFile> file) {
  return [file = std::move(file)](Bytes packed) {
    if (file != nullptr && file->holds(packed)) file->drop_pages(packed);
  };
}

Expected<LoadedProgram> load_engine(const ModelFiles& files, const ProgramSettings& settings) {
  HONE_TRY(EngineFile file, open_engine(files));
  const auto engine = std::make_shared<const EngineFile>(std::move(file));
  PreparedProgram prepared{.engine = engine, .cache_folder = files.cache_folder};
  const auto nearest = [&](std::span<const std::string> targets) {
    return nearest_target(targets, settings.isa);
  };
  HONE_TRY(prepared.program, engine->program({}, nearest));
  HONE_TRY(prepared.interface, engine->interface());
  HONE_TRY(prepared.weights, engine->weights_of(prepared.program));
  prepared.weights.release = release_from(engine->file());
  if (prepared.interface.outputs.size() != prepared.program.outputs.size()) {
    return fail(Code::corrupt, "its outputs and their names are not as many");
  }
  return open(std::move(prepared), settings);
}

Expected<LoadedProgram> load(const ModelFiles& files, const ProgramSettings& settings) {
  if (files.format == FileFormat::hone) return load_engine(files, settings);
  const auto begun = std::chrono::steady_clock::now();
  HONE_TRY(ImportedProgram imported, import_program(files));
  HONE_TRY(const ir::Graph graph,
           passes::run_pipeline(std::move(imported.graph), cpu_target(),
                                {.skip = settings.skip_passes, .observe = {}}));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
  const std::string kept =
      settings.keep ? settings.keep(imported, graph, took.count()) : std::string();
  if (!kept.empty()) {
    ModelFiles engine = files;
    engine.path = kept;
    engine.mapped = nullptr;
    if (auto loaded = load_engine(engine, settings)) {
      loaded->labels = std::move(imported.labels);
      return loaded;
    }
  }
  return open_program(imported, graph, settings);
}

// The first list of labels among the files behind a model; those that cannot be read are as none.
std::vector<std::string> packed_labels(Bytes file) {
  constexpr size_t kMaxBytes = size_t{1} << 20;
  const auto files = tflite::associated_files(file);
  if (!files) return {};
  for (const ZippedFile& one : *files) {
    const bool is_list = one.name.ends_with(".txt") && one.name.find("label") != one.name.npos;
    if (is_list && one.content.size() <= kMaxBytes) return parse_labels(as_text(one.content));
  }
  return {};
}

Status import_tflite(ImportedProgram& made) {
  HONE_TRY(const tflite::ModelView view, tflite::parse_model(made.file->bytes()));
  HONE_TRY(tflite::ImportedModel imported, tflite::import_model(view));
  made.interface.outputs = std::move(imported.output_names);
  made.states = std::move(imported.states);
  made.labels = packed_labels(made.file->bytes());
  made.graph = std::move(imported.graph);
  return {};
}

Status import_state(const ModelFiles& files, ImportedProgram& made) {
  HONE_TRY(made.graph, import_weights(files, made.file->bytes()));
  for (const ir::ValueId output : made.graph.outputs) {
    made.interface.outputs.push_back(made.graph[output].name);
  }
  return {};
}

Status import(const ModelFiles& files, ImportedProgram& made) {
  if (holds_weights(files)) return import_state(files, made);
  if (files.format == FileFormat::tflite) return import_tflite(made);
  return import_onnx(files.path, made);
}

// What a value's codes stand for that are quantized and then only moved.
std::optional<Codes> codes_of(const ir::Graph& graph, ir::ValueId id) {
  constexpr int kMostMoves = 8;
  for (int i = 0; i < kMostMoves; ++i) {
    const ir::Node* node = passes::producer_of(graph, id);
    if (node == nullptr) return {};
    if (node->op->name == "quantize") {
      const auto grid = passes::grid_of(graph, *node);
      if (!grid) return {};
      return Codes{static_cast<double>(grid->scale), static_cast<double>(grid->zero)};
    }
    if (node->op->name != "reshape" && node->op->name != "transpose") return {};
    id = node->operands[0];
  }
  return {};
}

// With the file's name before the error.
template <class T>
Expected<T> named(Expected<T> result, const std::filesystem::path& path) {
  if (result) return result;
  return std::unexpected(std::move(result).error().context(path.filename().string()));
}

}  // namespace

Expected<ImportedProgram> import_program(const ModelFiles& files) {
  HONE_TRY(MappedFile file, MappedFile::open(files.path));
  ImportedProgram made;
  made.file = std::make_shared<MappedFile>(std::move(file));
  made.cache_folder = files.cache_folder;
  HONE_RETURN_IF_ERROR(import(files, made));
  std::vector<passes::InputSizes> sizes(files.shapes.size());
  for (size_t i = 0; i < sizes.size(); ++i) {
    HONE_TRY(sizes[i], passes::parse_input_sizes(files.shapes[i]));
  }
  HONE_TRY_CONTEXT(made.graph, passes::with_input_sizes(std::move(made.graph), sizes), files.path);
  for (size_t i = 0; i < std::min(made.interface.outputs.size(), made.graph.outputs.size()); ++i) {
    made.codes.push_back(codes_of(made.graph, made.graph.outputs[i]));
  }
  return made;
}

Expected<PreparedProgram> prepare_program(const ImportedProgram& imported, const ir::Graph& graph,
                                          const passes::PrecisionWish& precision) {
  PreparedProgram made;
  HONE_TRY(made.program, passes::make_program(graph, cpu_target()));
  passes::keep_states(made.program, imported.states);
  passes::allow_precision(made.program, precision, cpu_target());
  made.interface = imported.interface;
  made.cache_folder = imported.cache_folder;
  for (size_t i = 0; i < imported.codes.size(); ++i) {
    const auto& codes = imported.codes[i];
    if (codes) made.interface.codes.push_back({static_cast<int32_t>(i), codes->scale, codes->zero});
  }
  HONE_RETURN_IF_ERROR(add_constants(graph, made));
  made.weights.release = release_from(imported.file);
  return made;
}

Expected<LoadedProgram> open_program(const ImportedProgram& imported, const ir::Graph& graph,
                                     const ProgramSettings& settings) {
  HONE_TRY(PreparedProgram prepared, prepare_program(imported, graph, settings.precision));
  HONE_TRY(LoadedProgram loaded, open(std::move(prepared), settings));
  loaded.file = imported.file;
  loaded.source = imported.source;
  loaded.labels = imported.labels;
  return loaded;
}

Expected<LoadedProgram> load_program(const ModelFiles& files, const ProgramSettings& settings) {
  if (files.backends.empty()) return named(load(files, settings), files.path);
  HONE_TRY(BackendOrder order, BackendOrder::load(files.backends, files.least_steps));
  ProgramSettings with = settings;
  with.backends = std::make_shared<const BackendOrder>(std::move(order));
  return named(load(files, with), files.path);
}

}  // namespace hone
