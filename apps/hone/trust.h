// Whose engines may be run.
#pragma once

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

// Where signatures are asked for: one by a trusted key, and every byte as it was signed; what was
// seen to be so before is not hashed again. Ok where nothing is asked.
Status check_trust(const EngineFile& engine, Context& context);

// Where signatures are asked for, a source file has none.
Status refuse_unsigned(const std::string& path, const Context& context);

}  // namespace hone::cli
