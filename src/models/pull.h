// Brings a model of the catalogue into the store.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "models/catalogue.h"
#include "models/progress.h"
#include "models/store.h"

namespace hone {

enum class Network : uint8_t { allowed, forbidden };

struct PullOptions {
  Network network = Network::allowed;  // forbidden: only sources of kind local
  ProgressSink progress = {};
  std::function<bool()> canceled = {};  // once true, pull ends soon with Code::canceled

  std::string token =
      {};  // sent to these hosts and the hosts below them, by https, and nowhere else
  std::vector<std::string> token_hosts = {"huggingface.co"};

  std::string tools_folder = {};  // where a private Python for pip may go; empty: in the store
  std::vector<std::string> pip_arguments = {};  // added to "pip download"
  std::vector<std::string> npm_arguments = {};  // added to "npm pack"

  int attempts = 5;                            // at an https source, without a byte gained
  std::chrono::milliseconds retry_wait{1000};  // doubles with each attempt
  std::chrono::seconds stall_limit{30};        // a connection without a byte

  // Where packages stay until the model is whole; empty: in a folder of the model's own.
  std::string packages_folder = {};

  int64_t now_unix_s = 0;  // for the record
};

// Tries the sources of each of the entry's files in order; the first that gives the right bytes is
// taken, and when all files are there they are installed, the model's own last, each by a rename.
// Files that are there already, with the hash the entry states, stay; so do those that another
// process, waited for, has just finished. After an error, Code::canceled or
// the end of the process, nothing is half installed, and the next pull goes on where this one ended
// (https: at that byte; packages: at that package). Bytes with the wrong hash, the entry's or the
// one pinned at the first pull, are removed: Code::untrusted.
Expected<InstalledModel> pull(const CatalogueEntry& entry, const Store& store,
                              const PullOptions& options);

// The same for each part of a bundle; a package that several come from is fetched once.
Expected<std::vector<InstalledModel>> pull_parts(const CatalogueEntry& bundle,
                                                 const Catalogue& catalogue, const Store& store,
                                                 const PullOptions& options);

// The token, if this URL may be told it; else empty.
std::string token_for(const std::string& url, const PullOptions& options);

}  // namespace hone
