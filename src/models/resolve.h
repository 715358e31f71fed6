// What a person means by a word in the place of a model.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "models/catalogue.h"
#include "models/store.h"

namespace hone {

struct ResolvedModel {
  std::string path;                         // the file to open; empty: to be pulled
  std::optional<InstalledModel> installed;  // set if that file is the store's
  const CatalogueEntry* entry = nullptr;    // what the catalogue knows of it; may be null
};

// In this order: an existing file, an installed model, a name or alias of the catalogue. An empty
// word means the catalogue's default. Neither of them: Code::not_found, with a suggestion.
Expected<ResolvedModel> resolve_model(std::string_view word, const Catalogue& catalogue,
                                      const Store& store);

}  // namespace hone
