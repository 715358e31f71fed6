// What a person means by a word in the place of a model.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "models/catalogue.h"
#include "models/store.h"

namespace hone {

struct ResolvedModel {
  std::string path;                         // the file to open; empty: to be pulled, or a bundle
  std::optional<InstalledModel> installed;  // set if that file is the store's
  const CatalogueEntry* entry = nullptr;    // what the catalogue knows of it; may be null
};

// In this order: an existing file, an installed model, a name or alias of the catalogue. An empty
// word means the catalogue's default. Neither of them: Code::not_found, with a suggestion.
Expected<ResolvedModel> resolve_model(std::string_view word, const Catalogue& catalogue,
                                      const Store& store);

// All files of a model, ready to be opened.
struct ModelFiles {
  std::string role = {};                  // of a bundle's part; empty otherwise
  std::string name = {};                  // in the catalogue or store; empty: a plain file
  std::string path = {};                  // empty: a bundle, see parts
  std::optional<FileFormat> format = {};  // none: a bundle
  std::string architecture = {};          // of weights without a graph; may be empty
  // What it is for (docs/tasks.md), an object; null: not known. Its meaning is not checked.
  Json task = {};
  std::vector<std::pair<std::string, std::string>> files = {};  // role and path: {"labels", "..."}
  // Of an engine: the file as it was checked, and role and content of what it holds in itself.
  std::shared_ptr<const MappedFile> mapped = {};
  std::vector<std::pair<std::string, std::string>> contents = {};
  std::vector<ModelFiles> parts = {};
  std::string cache_folder = {};  // for what this device derives of models; empty: none
  // Back ends in order of preference (BackendOrder::load); none: the CPU.
  std::vector<std::string> backends = {};
  size_t least_steps = 1;  // of what a back end other than the CPU gets at once
  // Sizes for inputs that the model leaves open, as passes/input_shapes.h reads them.
  std::vector<std::string> shapes = {};

  // The content of a file beside the model, or in it; nothing if there is none.
  Expected<std::optional<std::string>> read(std::string_view role, uint64_t limit) const;
  // Null if there is none.
  const std::string* file(std::string_view role) const;
  const ModelFiles* part(std::string_view role) const;
};

// The files of what resolve_model found; nothing if some of them are not on this machine. Of a
// plain file MODEL.onnx: what lies beside it as MODEL.task.json, MODEL.labels.txt (or .json) and so
// on, or as tokenizer.json and config.json. A task that is no JSON object: Code::corrupt; a file
// that is no model: Code::unsupported.
Expected<std::optional<ModelFiles>> files_of(const ResolvedModel& model, const Catalogue& catalogue,
                                             const Store& store);

}  // namespace hone
