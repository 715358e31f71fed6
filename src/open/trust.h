// Whose engines may be run.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/signature.h"

namespace hone {

inline constexpr uint64_t kMaxKeyFile = 4096;

// The public key in a file.
Expected<PublicKey> read_public_key(const std::string& path);
// The keys of files, and of folders all files NAME.pub.
Expected<std::vector<PublicKey>> read_public_keys(const std::vector<std::string>& paths);

// untrusted for an engine whose release number is lower.
Status check_release(const EngineFile& engine, const std::optional<uint64_t>& least);

struct TrustSettings {
  std::vector<std::string> keys = {};  // paths as read_public_keys takes them
  bool required = false;               // also where no key is named, which is an error then
  std::optional<uint64_t> least_release = {};
  std::string cache_dir = {};  // where engines that were found whole are noted; or empty
  std::function<Status()> interrupted = {};  // asked while hashing; its error ends that

  bool asks_signature() const { return required || !keys.empty(); }
};

// Where signatures are asked for: one by a trusted key, a file that others cannot write to, and
// every byte as it was signed; what was seen to be so before is not hashed again. And the release
// that is asked for. Ok where nothing is asked.
Status check_trust(const EngineFile& engine, const TrustSettings& trust);

// A source file has no signature and no release, where they are asked for.
Status refuse_unsigned(const std::string& path, const TrustSettings& trust);

}  // namespace hone
