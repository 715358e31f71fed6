// Whose engines may be run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command.h"
#include "engine/signature.h"

namespace hone::cli {

inline constexpr uint64_t kMaxKeyFile = 4096;

// The public key in a file.
Expected<PublicKey> read_public_key(const std::string& path);
// The keys of files, and of folders all files NAME.pub.
Expected<std::vector<PublicKey>> read_public_keys(const std::vector<std::string>& paths);

// untrusted for an engine whose release number is lower.
Status check_release(const EngineFile& engine, const std::optional<uint64_t>& least);

// Where signatures are asked for: one by a trusted key, a file that others cannot write to, and
// every byte as it was signed; what was seen to be so before is not hashed again. And the release
// that is asked for. Ok where nothing is asked.
Status check_trust(const EngineFile& engine, Context& context);

// A source file has no signature and no release, where they are asked for.
Status refuse_unsigned(const std::string& path, const Context& context);

}  // namespace hone::cli
