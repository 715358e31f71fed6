// hone show for what is no graph by itself: bundles, and weights that wait for an architecture.
#pragma once

#include "command.h"
#include "models/resolve.h"

namespace hone::cli {

struct FilesShow {
  const ModelFiles& files;
  const CatalogueEntry* entry = nullptr;  // null: a plain file
  bool json = false;
};

// Files, parts, license and the task's description.
Expected<int> show_files(const FilesShow& show, Context& context);

}  // namespace hone::cli
