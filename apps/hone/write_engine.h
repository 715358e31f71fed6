// From a model's files to an engine: the compilers of load_language_model.h and load_program.h, and
// the file they are written to.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "backend/cpu/engine_targets.h"
#include "base/error.h"
#include "engine/engine_file.h"
#include "engine/packs.h"
#include "engine/tuning.h"
#include "models/resolve.h"
#include "open/load_program.h"
#include "passes/pipeline.h"
#include "passes/precision.h"

namespace hone::cli {

struct WrittenEngine {
  uint64_t weights = 0;       // tensors
  uint64_t weight_bytes = 0;  // as stored
  uint64_t packed = 0;        // of those tensors, the ones in a layout of the kernels' own
  std::vector<TargetShare> targets;
  uint64_t bytes = 0;  // of the file
};

// Told bytes of weights done and their total; an error ends it.
using EngineProgress = std::function<Status(uint64_t done, uint64_t total)>;

struct EngineOptions {
  uint64_t release = 0;  // the number it is given
  // At least one; the first is the one whose layouts the plan names.
  std::vector<EngineTarget> targets = {target_of(best_isa())};
  // Of a model that takes tensors, at most one a processor and build.
  std::span<const Tuning> tunings = {};
  passes::PipelineOptions pipeline = {};
  passes::PrecisionWish precision = {};
};

// Of a file on this machine that is no engine. The target is the old file or the whole new one.
Expected<WrittenEngine> write_engine(const ModelFiles& files, const std::string& path,
                                     const EngineOptions& options, const EngineProgress& progress);

// Of such a file that takes tensors, already imported: `graph` is that of `imported` behind the
// passes.
Expected<WrittenEngine> write_engine(const ModelFiles& files, const ImportedProgram& imported,
                                     const ir::Graph& graph, const std::string& path,
                                     const EngineOptions& options, const EngineProgress& progress);

// An engine of a model that takes tensors, packed for other targets: of the options, these alone
// are heeded. All else stays, but signatures: it is another file.
Expected<WrittenEngine> repack_engine(const EngineFile& engine, const std::string& path,
                                      const EngineOptions& options, const EngineProgress& progress);

}  // namespace hone::cli
