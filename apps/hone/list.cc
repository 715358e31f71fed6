#include <algorithm>

#include "base/json.h"
#include "commands.h"
#include "model_access.h"
#include "table.h"

namespace hone::cli {
namespace {

struct ListOptions {
  bool installed = false;
  bool parts = false;
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("--installed", installed, "leave out what is not on this machine");
    v("--parts", parts, "also the models that are only of use as parts of bundles");
    v("--json", json, "print one JSON array");
  }
};

// A line of the list: known to the catalogue, installed, or both.
struct Item {
  const CatalogueEntry* entry = nullptr;
  const InstalledModel* model = nullptr;
  std::optional<uint64_t> size_bytes = {};
  std::vector<const CatalogueEntry*> parts = {};  // of a bundle
  size_t parts_here = 0;

  const std::string& name() const { return model != nullptr ? model->name : entry->name; }
  const License& license() const { return model != nullptr ? model->license : entry->license; }
  bool installed() const {
    return model != nullptr || (!parts.empty() && parts_here == parts.size());
  }
};

const InstalledModel* find_model(const std::vector<InstalledModel>& models,
                                 const std::string& name) {
  const auto found = std::ranges::find(models, name, &InstalledModel::name);
  return found == models.end() ? nullptr : &*found;
}

// As installed, else as the catalogue states it.
std::optional<uint64_t> bytes_of(const InstalledModel* model, const CatalogueEntry& entry,
                                 const Catalogue& catalogue) {
  return model != nullptr ? model->total_bytes() : catalogue.total_bytes(entry);
}

Expected<Item> item_of(const CatalogueEntry& entry, const Catalogue& catalogue,
                       const std::vector<InstalledModel>& models) {
  Item item{&entry, find_model(models, entry.name)};
  HONE_TRY(const std::vector<CataloguePart> parts, catalogue.parts_of(entry));
  item.size_bytes = parts.empty() ? bytes_of(item.model, entry, catalogue) : 0;
  for (const CataloguePart& part : parts) {
    const InstalledModel* model = find_model(models, part.entry->name);
    const auto bytes = bytes_of(model, *part.entry, catalogue);
    item.size_bytes =
        item.size_bytes && bytes ? std::optional(*item.size_bytes + *bytes) : std::nullopt;
    item.parts.push_back(part.entry);
    if (model != nullptr) ++item.parts_here;
  }
  return item;
}

// What is on this machine comes first.
Expected<std::vector<Item>> collect(const Catalogue& catalogue,
                                    const std::vector<InstalledModel>& models,
                                    const ListOptions& options) {
  std::vector<Item> items;
  for (const InstalledModel& model : models) {
    const CatalogueEntry* entry = catalogue.find(model.name);
    if (entry != nullptr && entry->name == model.name) continue;
    items.push_back({nullptr, &model, model.total_bytes()});
  }
  for (const CatalogueEntry& entry : catalogue.entries()) {
    if (entry.hidden && !options.parts) continue;
    HONE_TRY(Item item, item_of(entry, catalogue, models));
    if (options.installed && !item.installed() && item.parts_here == 0) continue;
    items.push_back(std::move(item));
  }
  std::ranges::stable_sort(items, [](const Item& a, const Item& b) {
    if (a.installed() != b.installed()) return a.installed();
    return a.installed() && a.name() < b.name();
  });
  return items;
}

// One of all parts, or "".
std::string_view format_text(const Item& item) {
  if (item.model != nullptr) return name_of(item.model->format);
  if (item.parts.empty()) return name_of(item.entry->format);
  const auto same = [&](const CatalogueEntry* part) {
    return part->format == item.parts[0]->format;
  };
  return std::ranges::all_of(item.parts, same) ? name_of(item.parts[0]->format) : "";
}

bool is_stated(const Item& item) {
  if (item.entry == nullptr) return false;
  if (item.parts.empty()) return item.entry->sha256.has_value();
  return std::ranges::all_of(item.parts, [](const auto* part) { return part->sha256.has_value(); });
}

std::string state_text(const Item& item) {
  if (item.model != nullptr) return cat("installed, ", name_of(item.model->trust));
  if (item.installed()) return "installed";
  if (item.parts_here > 0) return cat(item.parts_here, " of ", item.parts.size(), " parts");
  return is_stated(item) ? "available" : "available, unverified";
}

std::string table_text(const std::vector<Item>& items, const Console& console) {
  Table table({{"NAME"}, {"KIND"}, {"FORMAT"}, {"SIZE", Align::right}, {"STATE"}, {"LICENSE"}});
  for (const Item& item : items) {
    const CatalogueEntry* entry = item.entry;
    std::string format(format_text(item));
    if (entry != nullptr && !entry->quantization.empty()) format += " " + entry->quantization;
    table.row({item.name(), entry == nullptr ? "" : printable(kind_of(*entry)), printable(format),
               size_text(item.size_bytes), state_text(item), printable(item.license().name)});
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

void set_files(Json& json, const InstalledModel& model) {
  if (model.files.empty()) return;
  Json& files = json.set("files", Json::object());
  for (const InstalledFile& file : model.files) files.set(file.role, file.path);
}

Json item_json(const Item& item) {
  Json json = Json::object();
  json.set("name", item.name());
  json.set("installed", item.installed());
  if (const CatalogueEntry* entry = item.entry) {
    json.set("title", entry->title);
    Json& aliases = json.set("aliases", Json::array());
    for (const std::string& alias : entry->aliases) aliases.push(alias);
    json.set("parameters", entry->parameters);
    json.set("quantization", entry->quantization);
    json.set("chat", entry->chat);
    json.set("kind", kind_of(*entry));
  }
  json.set("format", format_text(item));
  if (item.entry != nullptr && item.entry->is_bundle()) {
    Json& parts = json.set("parts", Json::object());
    for (const auto& [role, name] : item.entry->parts) parts.set(role, name);
  }
  if (item.size_bytes) json.set("size_bytes", *item.size_bytes);
  const bool stated = is_stated(item);
  if (item.model != nullptr) {
    json.set("path", item.model->path);
    json.set("sha256", hex(item.model->sha256));
    json.set("trust", name_of(item.model->trust));
    json.set("source", item.model->source);
    json.set("pulled_at_unix_s", item.model->pulled_at_unix_s);
    set_files(json, *item.model);
  } else {
    if (stated && item.parts.empty()) json.set("sha256", hex(*item.entry->sha256));
    json.set("trust", stated ? "stated" : "unverified");
  }
  json.set("license", license_json(item.license()));
  return json;
}

Expected<int> run(const ListOptions& options, Context& context) {
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  HONE_TRY(const std::vector<InstalledModel> models, library.store.list());
  HONE_TRY(const std::vector<Item> items, collect(library.catalogue, models, options));
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
       .description = "A bundle is several models that do one thing together; it is pulled, listed "
                      "and removed as one.",
       .examples = {{"hone list", "all"}, {"hone list --installed --json", "for scripts"}}},
      run);
}

}  // namespace hone::cli
