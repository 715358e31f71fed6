// The unfinished file of a pull: grows, is hashed while it grows, and can be taken up again.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "base/output_file.h"
#include "base/sha256.h"
#include "models/format.h"
#include "models/progress.h"

namespace hone {

class PartFile {
 public:
  // Takes up what an earlier pull from the same source left (its bytes are hashed again, which is
  // reported as Stage::checking), or begins with an empty file. Wants the model's lock held.
  // Its record is `path` with ".json".
  static Expected<PartFile> open(std::string path, std::string source, ProgressReporter& reporter);
  // Removes the file and its record, if there.
  static void discard(const std::string& path);

  Status write(Bytes bytes);
  Status restart();  // back to an empty file
  uint64_t size() const { return file_.size(); }

  // What the source calls this version of the file (an ETag), remembered for the next pull.
  const std::string& validator() const { return validator_; }
  Status set_validator(std::string validator);

  // Everything on disk; the hash of all bytes. The file must begin as one of that format.
  Expected<Sha256Digest> finish(FileFormat format);

 private:
  Status write_record() const;
  Status hash_existing(ProgressReporter& reporter);

  OutputFile file_;
  Sha256 hash_;
  std::string path_;
  std::string record_path_;
  std::string source_;
  std::string validator_;
};

}  // namespace hone
