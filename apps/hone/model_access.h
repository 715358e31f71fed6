// How commands come to a model: the catalogue, the store, and the pull when it is not there yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "command.h"
#include "models/catalogue.h"
#include "models/pull.h"
#include "models/resolve.h"
#include "models/store.h"
#include "open/model_contents.h"

namespace hone::cli {

struct ModelLibrary {
  Catalogue catalogue;  // hone's, with the person's own models over it
  Store store;
};

Expected<ModelLibrary> open_model_library(const Environment& environment);

// Pulls with a progress bar on a terminal; the license is told on stderr before the first byte.
// Gives the model, or the parts of a bundle.
Expected<std::vector<InstalledModel>> pull_model(const CatalogueEntry& entry,
                                                 const ModelLibrary& library, Network network,
                                                 Context& context);

// All files of the model that `word` means (see resolve_model; empty: the default model), with its
// task if one is known; pulled first if the catalogue knows it and it is not installed.
Expected<ModelFiles> model_files(std::string_view word, Network network, Context& context);

// The back ends that --backend names, for those who open the model.
Status add_backends(ModelFiles& files, const Context& context);

// model_files for whoever takes one model; a bundle is refused.
Expected<ModelFiles> one_model(std::string_view word, Network network, Context& context);

// What a word at the place of a model or a prompt is: true if it is a file (or a directory, which
// one_model then refuses), an installed model or a name of the catalogue.
Expected<bool> names_model(std::string_view word, Context& context);

// What can be told of a file to be written before anything takes long: that it is a file of the
// model, or cannot be made. Nothing of an empty name.
Status check_output(const std::string& out, const ModelFiles& files);
bool is_same_file(const std::string& a, const std::string& b);

// A word that can only be meant as a model, there or not.
bool looks_like_model_file(std::string_view word);

// "98.4 MB", or "?".
std::string size_text(std::optional<uint64_t> size_bytes);

}  // namespace hone::cli
