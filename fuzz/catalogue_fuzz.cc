// The catalogue: whatever is accepted is safe to hand to package tools and to name files after, is
// found by its words, and merges with itself to itself.
#include "models/catalogue.h"

#include <algorithm>

namespace {

void demand(bool condition) {
  if (!condition) __builtin_trap();
}

// As an argument of pip or npm: no option, no URL, no blank.
bool is_harmless(std::string_view word) {
  return !word.empty() && word[0] != '-' &&
         std::ranges::all_of(word, [](char c) { return c > ' ' && c < '\x7f' && c != ':'; });
}

void check_source(const hone::ModelSource& source) {
  demand(!source.text().empty() || source.kind == hone::ModelSource::Kind::local);
  const bool package =
      source.kind == hone::ModelSource::Kind::pip || source.kind == hone::ModelSource::Kind::npm;
  demand(package == !source.files.empty());
  if (source.kind == hone::ModelSource::Kind::https) demand(source.location.starts_with("http"));
  for (const hone::PackageFile& file : source.files) {
    demand(is_harmless(file.package) && is_harmless(file.version));
    demand(!file.path.empty() && !file.path.starts_with('/'));
    demand(file.path != ".." && !file.path.starts_with("../") && !file.path.ends_with("/..") &&
           file.path.find("/../") == file.path.npos);
  }
}

void check_file(const hone::RemoteFile& file) {
  demand(!file.sources.empty());
  for (const hone::ModelSource& source : file.sources) check_source(source);
}

void check_entry(const hone::Catalogue& catalogue, const hone::CatalogueEntry& entry) {
  demand(hone::is_model_name(entry.name) && is_harmless(entry.name));
  demand(entry.name.find('/') == entry.name.npos);
  demand(!entry.title.empty());
  demand(entry.task.is_null() || entry.task.as_object() != nullptr);
  demand(entry.is_bundle() == entry.sources.empty());
  if (!entry.is_bundle()) check_file(entry);
  for (const hone::CompanionFile& file : entry.files) {
    check_file(file);
    demand(hone::find_file_role(file.role) != nullptr && !hone::holds_model(file.format));
  }
  const auto parts = catalogue.parts_of(entry);
  if (parts) demand(parts->size() == entry.parts.size());
  (void)catalogue.total_bytes(entry);
  (void)hone::kind_of(entry);
  const hone::CatalogueEntry* found = catalogue.find(entry.name);
  demand(found != nullptr && found->name == entry.name);
  for (const std::string& alias : entry.aliases) demand(catalogue.find(alias) != nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  auto catalogue = hone::Catalogue::parse(json);
  if (!catalogue) {
    demand(!catalogue.error().message.empty());
    return 0;
  }
  for (const hone::CatalogueEntry& entry : catalogue->entries()) check_entry(*catalogue, entry);
  if (catalogue->default_entry() != nullptr) (void)catalogue->suggest("tiny");
  const size_t words = catalogue->words().size();
  hone::Catalogue again = *catalogue;
  again.merge(*catalogue);
  demand(again.words().size() == words);
  return 0;
}
