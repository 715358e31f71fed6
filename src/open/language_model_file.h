// The file of a language model: a GGUF, or an engine made of one.
#pragma once

#include <memory>
#include <string>

#include "engine/engine_file.h"
#include "engine/tokenizer_data.h"
#include "frontend/gguf/reader.h"
#include "models/resolve.h"

namespace hone {

// The engine that `files` name: the file that was checked, where it was.
Expected<EngineFile> open_engine(const ModelFiles& files);

// Move only; what its functions return points into it, also after a move.
class LanguageModelFile {
 public:
  static Expected<LanguageModelFile> open(const ModelFiles& files);
  LanguageModelFile(GgufFile file) : gguf_(std::make_unique<GgufFile>(std::move(file))) {}

  const std::string& name() const { return gguf_ != nullptr ? gguf_->name() : engine_->path(); }
  uint64_t bytes() const { return gguf_ != nullptr ? gguf_->file_bytes() : engine_->bytes(); }
  // Every name that the model goes by, in one text.
  std::string known_as() const;
  Expected<TokenizerData> tokenizer() const;
  static Expected<TokenizerData> tokenizer_of(const GgufFile& file);

  // One of them is null.
  const GgufFile* gguf() const { return gguf_.get(); }
  const EngineFile* engine() const { return engine_.get(); }

 private:
  LanguageModelFile() = default;

  std::unique_ptr<GgufFile> gguf_;
  std::unique_ptr<EngineFile> engine_;
};

}  // namespace hone
