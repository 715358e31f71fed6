#include "open/model_contents.h"

#include <filesystem>
#include <system_error>

#include "engine/engine_file.h"
#include "open/language_model_file.h"

namespace hone {
namespace {

Status add_of_engine(ModelFiles& files, const TrustSettings& trust) {
  HONE_TRY(const EngineFile engine, EngineFile::open(files.path));
  HONE_RETURN_IF_ERROR(check_trust(engine, trust));
  files.mapped = engine.file();
  for (const EngineSection& section : engine.sections()) {
    const bool is_task = section.kind == section_kind::kTask;
    if (!is_task && section.kind != section_kind::kFile) continue;
    HONE_TRY(const Bytes bytes, engine.section(section.kind, section.part, section.role));
    if (is_task) {
      HONE_TRY_CONTEXT(files.task, Json::parse(as_text(bytes)), files.path, ": task");
    } else {
      files.contents.emplace_back(section.role, as_text(bytes));
    }
  }
  return {};
}

}  // namespace

Expected<ModelFiles> plain_model_files(const std::string& path, const TrustSettings& trust) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return fail(Code::not_found, "there is no file '", printable(path, 1000), "'");
  }
  HONE_TRY(auto files, files_of({.path = path}, Catalogue(), Store("")));
  HONE_RETURN_IF_ERROR(add_contents(*files, trust));
  return std::move(*files);
}

Status add_contents(ModelFiles& files, const TrustSettings& trust) {
  if (files.format == FileFormat::hone) return add_of_engine(files, trust);
  for (ModelFiles& part : files.parts) HONE_RETURN_IF_ERROR(add_contents(part, trust));
  return files.path.empty() ? Status() : refuse_unsigned(files.path, trust);
}

bool takes_tensors(const ModelFiles& files) {
  if (files.format == FileFormat::hone) {
    const auto engine = open_engine(files);
    return engine && engine->holds(section_kind::kProgram);
  }
  return files.format && *files.format != FileFormat::gguf;
}

}  // namespace hone
