#include "open/language_model_file.h"

#include "frontend/gguf/tokenizer_fields.h"

namespace hone {

Expected<EngineFile> open_engine(const ModelFiles& files) {
  return files.mapped == nullptr ? EngineFile::open(files.path) : EngineFile::open(files.mapped);
}

Expected<LanguageModelFile> LanguageModelFile::open(const ModelFiles& files) {
  const std::string& path = files.path;
  if (files.format != FileFormat::hone) {
    HONE_TRY(GgufFile file, GgufFile::open(path));
    return LanguageModelFile(std::move(file));
  }
  HONE_TRY(EngineFile engine, open_engine(files));
  if (!engine.holds(section_kind::kPlan)) {
    return fail(Code::invalid_argument, path, ": this engine is of no language model");
  }
  LanguageModelFile file;
  file.engine_ = std::make_unique<EngineFile>(std::move(engine));
  return file;
}

std::string LanguageModelFile::known_as() const {
  std::string names;
  if (gguf_ != nullptr) {
    for (const char* key : {"general.name", "general.basename", "general.finetune"}) {
      const auto one = gguf_->find_string(key, "");
      if (one && !one->empty()) names += cat(*one, "-");
    }
  } else {
    const auto info = engine_->language_model();
    const auto provenance = engine_->provenance();
    if (info) names += cat(info->name, "-");
    if (provenance) names += cat(provenance->source, "-");
  }
  return names + name().substr(name().find_last_of('/') + 1);
}

Expected<TokenizerData> LanguageModelFile::tokenizer() const {
  return engine_ != nullptr ? engine_->tokenizer() : tokenizer_of(*gguf_);
}

Expected<TokenizerData> LanguageModelFile::tokenizer_of(const GgufFile& file) {
  HONE_TRY_CONTEXT(TokenizerData data, tokenizer_data(file), file.name());
  return data;
}

}  // namespace hone
