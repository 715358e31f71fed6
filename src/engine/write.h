// EngineWriter: an engine file, section by section, in one pass; it appears under its name only
// when it is whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/output_file.h"
#include "engine/format.h"

namespace hone {

// Move only. One that was not finished leaves nothing behind.
class EngineWriter {
 public:
  static Expected<EngineWriter> create(const std::string& path);

  EngineWriter(EngineWriter&&) noexcept = default;
  EngineWriter& operator=(EngineWriter&&) = delete;
  ~EngineWriter();

  // A whole section.
  Status add(std::string_view kind, std::string_view part, std::string_view role, Bytes content);

  // A section that comes in pieces: begin, then append as often as needed.
  Status begin(std::string_view kind, std::string_view part, uint64_t align);
  // Appends `bytes` at the next multiple of `align` and tells where in the section they begin.
  Expected<uint64_t> append(Bytes bytes, uint64_t align);

  Status finish();
  const std::string& path() const { return path_; }

 private:
  EngineWriter(OutputFile file, std::string path, std::string partial)
      : file_(std::move(file)), path_(std::move(path)), partial_(std::move(partial)) {}

  Status write(Bytes bytes);
  Status pad(uint64_t align);
  void close_chunk();

  OutputFile file_;
  std::string path_, partial_;
  std::vector<EngineSection> sections_;
  std::vector<std::pair<uint64_t, Sha256Digest>> chunks_;
  Sha256 hash_;            // of the open chunk
  uint64_t in_chunk_ = 0;  // its bytes
};

}  // namespace hone
