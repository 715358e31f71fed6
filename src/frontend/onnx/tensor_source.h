// TensorSource: what a model's tensors need beyond the model's own bytes, which is the files beside
// it that hold weights, and memory for sparse tensors that are written out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/file.h"
#include "frontend/onnx/tensor.h"

namespace hone::onnx {

namespace limits {
inline constexpr size_t kExternalFiles = 1 << 14;     // of a model
inline constexpr uint64_t kExpandedBytes = 64 << 20;  // of all sparse tensors, written out
// How often the bytes of the files beside a model may be made anew, as those of INT4 weights are:
// more than once only where tensors share them.
inline constexpr uint64_t kExternalCopies = 2;
}  // namespace limits

// Must outlive the views it gave. Move only.
class TensorSource {
 public:
  // For a model in memory: one that needs other files is refused.
  TensorSource() = default;
  // Files are looked for in the model's folder ("" is the current one) and nowhere else.
  explicit TensorSource(const std::filesystem::path& model_dir);

  // `size` bytes at the place; each file is mapped once. Refused: absolute paths, "..", links that
  // lead out of the folder, anything but regular files, another length than `size`.
  Expected<Bytes> external(const ExternalData& data, uint64_t size);

  // Whether any was needed so far.
  bool has_files() const { return !files_.empty(); }

  // Takes so much of what may be allocated for sparse tensors.
  Status expand(uint64_t bytes);
  // Takes so many bytes of external data of what may be read to be made anew.
  Status copy_external(uint64_t bytes);

 private:
  Expected<const MappedFile*> open(std::string_view location);

  std::optional<std::filesystem::path> model_dir_;
  std::map<std::string, MappedFile, std::less<>> files_;  // by location
  uint64_t expanded_bytes_ = 0;
  uint64_t external_bytes_ = 0;  // of the files
  uint64_t copied_bytes_ = 0;
};

}  // namespace hone::onnx
