#include "models/resolve.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.h"

namespace hone {
namespace {

bool is_regular_file(std::string_view path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error);
}

std::unexpected<Error> not_found(std::string_view word, const Catalogue& catalogue,
                                 const Store& store) {
  std::error_code ignored;
  if (const auto status = std::filesystem::status(word, ignored); exists(status)) {
    const std::string_view what = is_directory(status) ? "a directory" : "no regular file";
    return std::unexpected(Error{Code::invalid_argument,
                                 cat("this is ", what, "; name a GGUF file or a model"),
                                 printable(word)});
  }
  if (word.find('/') != word.npos || word.ends_with(".gguf")) {
    return std::unexpected(Error{Code::not_found, "there is no such file", std::string(word)});
  }
  std::vector<std::string> words = catalogue.words();
  if (const auto installed = store.list()) {
    for (const InstalledModel& model : *installed) words.push_back(model.name);
  }
  const auto suggestion = did_you_mean(word, words);
  return fail(Code::not_found, "'", printable(word), "' is neither a file nor a known model",
              suggestion ? cat("; did you mean '", *suggestion, "'?")
                         : "; 'hone list' shows those that there are");
}

}  // namespace

Expected<ResolvedModel> resolve_model(std::string_view word, const Catalogue& catalogue,
                                      const Store& store) {
  ResolvedModel resolved;
  if (!word.empty() && is_regular_file(word)) {
    resolved.path = word;
    return resolved;
  }
  resolved.entry = word.empty() ? catalogue.default_entry() : catalogue.find(word);
  const std::string_view name = resolved.entry == nullptr ? word : resolved.entry->name;
  HONE_TRY(resolved.installed, store.find(name));
  if (resolved.installed) resolved.path = resolved.installed->path;
  if (resolved.entry == nullptr && !resolved.installed) return not_found(word, catalogue, store);
  return resolved;
}

}  // namespace hone
