// EngineWriter: an engine file, section by section, in one pass; it appears under its name only
// when it is whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/output_file.h"
#include "engine/engine_file.h"
#include "engine/format.h"

namespace hone {

// Move only. One that was not finished leaves nothing behind.
class EngineWriter {
 public:
  static Expected<EngineWriter> create(const std::string& path);

  // All sections of an engine as they are, with their hashes; first of all.
  Status copy(const EngineFile& engine);
  // A whole section.
  Status add(std::string_view kind, std::string_view part, std::string_view role, Bytes content);

  // A section that comes in pieces: begin, then append as often as needed.
  Status begin(std::string_view kind, std::string_view part, uint64_t align);
  // Appends `bytes` at the next multiple of `align` and tells where in the section they begin.
  Expected<uint64_t> append(Bytes bytes, uint64_t align);

  // What follows is hashed apart from what came before.
  Status end_chunk();

  Status finish();
  const std::string& path() const { return file_.path(); }

 private:
  explicit EngineWriter(NewFile file) : file_(std::move(file)) {}

  uint64_t size() { return file_.content().size(); }
  Status write(Bytes bytes);
  Status pad(uint64_t align);
  void close_chunk();

  NewFile file_;
  std::vector<EngineSection> sections_;
  std::vector<std::pair<uint64_t, Sha256Digest>> chunks_;
  Sha256 hash_;            // of the open chunk
  uint64_t in_chunk_ = 0;  // its bytes
};

}  // namespace hone
