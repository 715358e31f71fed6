// hone show for bundles.
#pragma once

#include "command.h"
#include "models/resolve.h"

namespace hone::cli {

struct FilesShow {
  const ModelFiles& files;
  const CatalogueEntry& entry;
  bool json = false;
};

// Files, parts, license and the task's description.
Expected<int> show_files(const FilesShow& show, Context& context);

}  // namespace hone::cli
