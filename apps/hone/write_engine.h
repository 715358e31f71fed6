// From a model's files to an engine: the compilers of load_language_model.h and load_program.h, and
// the file they are written to.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
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
  uint64_t bytes = 0;         // of the file
};

// Told bytes of weights done and their total; an error ends it.
using EngineProgress = std::function<Status(uint64_t done, uint64_t total)>;

struct EngineOptions {
  uint64_t release = 0;            // the number it is given
  const Tuning* tuning = nullptr;  // of a model that takes tensors; may be null
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

}  // namespace hone::cli
