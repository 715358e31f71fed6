#include "show_files.h"

#include <filesystem>
#include <system_error>

#include "model_access.h"
#include "table.h"

namespace hone::cli {
namespace {

std::string file_text(const std::string& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  return cat(printable(path, 1000), error ? "" : cat(" (", human_bytes(size), ")"));
}

void add_rows(Table& table, const ModelFiles& files) {
  if (!files.path.empty()) {
    table.row({files.role.empty() ? "file" : printable(files.role), file_text(files.path)});
  }
  for (const auto& [role, path] : files.files) table.row({printable(role), file_text(path)});
  for (const ModelFiles& part : files.parts) add_rows(table, part);
}

std::string text_of(const FilesShow& show, const Console& console) {
  const ModelFiles& files = show.files;
  std::string text = console.out_style(Style::bold, printable(show.entry.title, 1000)) + "\n";
  Table table({{}, {}}, "  ");
  table.row({"name", files.name});
  add_rows(table, files);
  table.row({"license", printable(show.entry.license.name)});
  text += table.text_for(console);
  if (files.task.is_null()) return text;
  return text + "\n" + console.out_style(Style::bold, "Task") + "\n" +
         files.task.write(kJsonPretty) + "\n";
}

Json json_of(const ModelFiles& files) {
  Json json = Json::object();
  if (!files.name.empty()) json.set("name", files.name);
  if (!files.path.empty()) json.set("file", files.path);
  if (files.format) json.set("format", name_of(*files.format));
  if (!files.architecture.empty()) json.set("architecture", files.architecture);
  if (!files.files.empty()) {
    Json& beside = json.set("files", Json::object());
    for (const auto& [role, path] : files.files) beside.set(role, path);
  }
  if (!files.parts.empty()) {
    Json& parts = json.set("parts", Json::object());
    for (const ModelFiles& part : files.parts) parts.set(part.role, json_of(part));
  }
  if (!files.task.is_null()) json.set("task", files.task);
  return json;
}

}  // namespace

Expected<int> show_files(const FilesShow& show, Context& context) {
  if (!show.json) {
    HONE_RETURN_IF_ERROR(context.console.print(text_of(show, context.console)));
    return 0;
  }
  Json json = json_of(show.files);
  json.set("license", show.entry.license.name);
  HONE_RETURN_IF_ERROR(context.console.print(json.write(kJsonPretty) + "\n"));
  return 0;
}

}  // namespace hone::cli
