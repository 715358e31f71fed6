#include "api/models.h"

#include "base/file.h"
#include "support/scratch_folder.h"
#include "support/tiny_models.h"

namespace hone_test {

std::string ports_model() { return HONE_SOURCE_DIR "/tests/api/ports.onnx"; }

std::string language_model() {
  static const hone::test::ScratchFolder folder;
  static const std::string path = [] {
    std::string file = folder.path() + "/tiny.gguf";
    const auto written = hone::write_file_atomic(file, hone::test::tiny_model_text({}));
    return written ? file : "";
  }();
  return path;
}

}  // namespace hone_test
