#include <algorithm>

#include "base/json.h"
#include "commands.h"
#include "model_access.h"
#include "table.h"

namespace hone::cli {
namespace {

struct ListOptions {
  bool installed = false;
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("--installed", installed, "leave out what is not on this machine");
    v("--json", json, "print one JSON array");
  }
};

// A line of the list: known to the catalogue, installed, or both.
struct Item {
  const CatalogueEntry* entry = nullptr;
  const InstalledModel* model = nullptr;

  const std::string& name() const { return model != nullptr ? model->name : entry->name; }
  const License& license() const { return model != nullptr ? model->license : entry->license; }
  std::optional<uint64_t> size_bytes() const {
    return model != nullptr ? model->size_bytes : entry->size_bytes;
  }
};

std::vector<Item> collect(const Catalogue& catalogue, const std::vector<InstalledModel>& models,
                          const ListOptions& options) {
  std::vector<Item> items;
  for (const InstalledModel& model : models) {
    const CatalogueEntry* entry = catalogue.find(model.name);
    items.push_back({entry != nullptr && entry->name == model.name ? entry : nullptr, &model});
  }
  if (options.installed) return items;
  for (const CatalogueEntry& entry : catalogue.entries()) {
    const auto same = [&](const InstalledModel& model) { return model.name == entry.name; };
    if (std::ranges::none_of(models, same)) items.push_back({&entry, nullptr});
  }
  return items;
}

std::string state_text(const Item& item) {
  if (item.model != nullptr) return cat("installed, ", name_of(item.model->trust));
  return item.entry->sha256 ? "available" : "available, unverified";
}

std::string table_text(const std::vector<Item>& items, const Console& console) {
  Table table({{"NAME"}, {"SIZE", Align::right}, {"QUANT"}, {"CHAT"}, {"STATE"}, {"LICENSE"}});
  for (const Item& item : items) {
    const CatalogueEntry* entry = item.entry;
    table.row({item.name(), size_text(item.size_bytes()),
               entry == nullptr ? "" : printable(entry->quantization),
               entry == nullptr ? ""
               : entry->chat    ? "yes"
                                : "no",
               state_text(item), printable(item.license().name)});
  }
  return table.text_for(console);
}

Json license_json(const License& license) {
  Json json = Json::object();
  json.set("name", license.name);
  json.set("url", license.url);
  if (!license.note.empty()) json.set("note", license.note);
  return json;
}

Json item_json(const Item& item) {
  Json json = Json::object();
  json.set("name", item.name());
  json.set("installed", item.model != nullptr);
  if (const CatalogueEntry* entry = item.entry) {
    json.set("title", entry->title);
    Json& aliases = json.set("aliases", Json::array());
    for (const std::string& alias : entry->aliases) aliases.push(alias);
    json.set("parameters", entry->parameters);
    json.set("quantization", entry->quantization);
    json.set("chat", entry->chat);
  }
  if (const auto size = item.size_bytes()) json.set("size_bytes", *size);
  const bool stated = item.entry != nullptr && item.entry->sha256;
  if (item.model != nullptr) {
    json.set("path", item.model->path);
    json.set("sha256", hex(item.model->sha256));
    json.set("trust", name_of(item.model->trust));
    json.set("source", item.model->source);
    json.set("pulled_at_unix_s", item.model->pulled_at_unix_s);
  } else {
    if (stated) json.set("sha256", hex(*item.entry->sha256));
    json.set("trust", stated ? "stated" : "unverified");
  }
  json.set("license", license_json(item.license()));
  return json;
}

Expected<int> run(const ListOptions& options, Context& context) {
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  HONE_TRY(const std::vector<InstalledModel> models, library.store.list());
  const std::vector<Item> items = collect(library.catalogue, models, options);
  std::string text;
  if (!options.json) {
    text = table_text(items, context.console);
  } else {
    Json array = Json::array();
    for (const Item& item : items) array.push(item_json(item));
    text = array.write(kJsonPretty) + "\n";
  }
  HONE_RETURN_IF_ERROR(context.console.print(text));
  return 0;
}

}  // namespace

Command list_command() {
  return make_command<ListOptions>(
      {.name = "list",
       .summary = "list the models on this machine and in the catalogue",
       .words = "",
       .description = "",
       .examples = {{"hone list", "all"}, {"hone list --installed --json", "for scripts"}}},
      run);
}

}  // namespace hone::cli
