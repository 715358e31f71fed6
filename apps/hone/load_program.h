// load_program: a model file that is no language model, made ready to run; the in-memory compiler
// of ONNX and TFLite files.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/thread_pool.h"
#include "frontend/onnx/model.h"
#include "frontend/onnx/tensor_source.h"
#include "runtime/program_session.h"

namespace hone::cli {

struct ProgramSettings {
  int threads = 0;  // 0: as many as there are processors
  Isa isa = best_isa();
};

// Move only.
struct LoadedProgram {
  std::unique_ptr<MappedFile> file;
  std::unique_ptr<onnx::ModelView> onnx;  // of an ONNX file
  std::unique_ptr<onnx::TensorSource> source;
  std::vector<std::shared_ptr<const std::vector<std::byte>>> constants;
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<ProgramSession> session;
  std::vector<ProgramValue> inputs;  // names and types, in the order of run()
  std::vector<std::string> outputs;  // names
};

Expected<LoadedProgram> load_program(const std::filesystem::path& path,
                                     const ProgramSettings& settings);

}  // namespace hone::cli
