// load_program: a model file that is no language model, made ready to run; the in-memory compiler
// of ONNX and TFLite files, and of weights whose architecture hone knows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/thread_pool.h"
#include "engine/engine_file.h"
#include "engine/tuning_file.h"
#include "frontend/onnx/model.h"
#include "frontend/onnx/tensor_source.h"
#include "ir/graph.h"
#include "models/resolve.h"
#include "passes/precision.h"
#include "runtime/program_session.h"
#include "tasks/task_model.h"

namespace hone {

struct ImportedProgram;

// Keeps a source file that was imported, with its graph behind the passes and the time that both
// took, as an engine: its path. Empty: it is not kept.
using KeepEngine =
    std::function<std::string(const ImportedProgram&, const ir::Graph&, double took_ms)>;

struct ProgramSettings {
  int threads = 0;  // 0: as many as there are processors
  Isa isa = best_isa();
  bool will_tune = false;                     // LoadedProgram::digest is wanted
  passes::PrecisionWish precision = {};       // of a source; engines have theirs
  std::vector<std::string> skip_passes = {};  // of a source that load_program compiles
  std::shared_ptr<const BackendOrder> backends =
      nullptr;           // null: the CPU; load_program asks `files`
  KeepEngine keep = {};  // asked by load_program, which opens what was kept; may be empty
};

// A model's graph as its file has it, and what its constants lie in; copies share the latter.
struct ImportedProgram {
  std::shared_ptr<MappedFile> file;
  std::shared_ptr<onnx::ModelView> onnx;  // of an ONNX file
  std::shared_ptr<onnx::TensorSource> source;
  ir::Graph graph;
  EngineInterface interface;                // outputs as the model calls them
  std::vector<std::optional<Codes>> codes;  // of those outputs that are such
  std::vector<std::string> labels;          // that the file carries
  // How the states begin that the graph's last inputs and outputs are (passes::keep_states).
  std::vector<std::shared_ptr<const std::vector<std::byte>>> states;
  std::string cache_folder;  // ModelFiles::cache_folder
};

Expected<ImportedProgram> import_program(const ModelFiles& files);

// A program and its weights; made of an imported graph, or read from an engine.
struct PreparedProgram {
  Program program;
  WeightMap weights;
  EngineInterface interface;
  // What the weights lie in.
  std::vector<std::shared_ptr<const std::vector<std::byte>>> constants;
  std::shared_ptr<const EngineFile> engine;
  std::string cache_folder;
};

// Of the imported graph behind the passes.
Expected<PreparedProgram> prepare_program(const ImportedProgram& imported, const ir::Graph& graph,
                                          const passes::PrecisionWish& precision = {});

// Move only.
struct LoadedProgram {
  std::shared_ptr<MappedFile> file;  // of a source
  std::shared_ptr<onnx::TensorSource> source;
  std::shared_ptr<const EngineFile> engine;
  std::vector<std::shared_ptr<const std::vector<std::byte>>> constants;
  std::vector<EngineEntry> metadata;  // what the model says of itself
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<ProgramSession> session;
  std::vector<ProgramValue> inputs;         // names and types, in the order of run()
  std::vector<std::string> outputs;         // names
  std::vector<std::optional<Codes>> codes;  // what integers of outputs stand for, where it is known
  std::vector<std::string> labels;          // names of classes that the file carries; or none
  // What is known of the fastest kernels on this processor, by this build: of the engine, and of
  // `hone tune`, which comes first.
  Tuning shipped, tuned_here;
  Sha256Digest digest = {};  // of the program, if settings.will_tune
};

// The folder of a device's tunings.
inline TuningStore tuning_store(const std::string& cache_folder) {
  return TuningStore(cache_folder.empty() ? std::string() : cache_folder + "/tuned");
}

// Of the imported graph behind the passes, which may have more outputs than
// `imported.interface.outputs`.
Expected<LoadedProgram> open_program(const ImportedProgram& imported, const ir::Graph& graph,
                                     const ProgramSettings& settings);

// All of it in one.
Expected<LoadedProgram> load_program(const ModelFiles& files, const ProgramSettings& settings);

}  // namespace hone
