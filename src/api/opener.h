// What the C interface stands on: a model that is open, and the function that opens one. The
// interface is run half; who opens (open_model.cc, which knows all formats) is linked beside it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "llm/generate/language_model.h"
#include "llm/template/chat_template.h"
#include "llm/tokenizer/tokenizer.h"
#include "runtime/program_session.h"
#include "tasks/task_model.h"

namespace hone::api {

struct OpenSettings {
  int threads = 0;                      // 0: as many as there are processors
  int64_t context = 0;                  // 0: the model's own
  int64_t sequences = 1;                // of language models
  std::string prompt_format = {};       // empty: the model's own
  std::vector<std::string> trust = {};  // files or folders of public keys
  bool require_signature = false;
  std::string cache_dir = {};  // empty: none
};

// Move only; `keeps` owns what the pointers point to.
struct OpenModel {
  std::shared_ptr<void> keeps;
  std::vector<std::pair<std::string, std::string>> metadata;

  // Of a model that takes tensors; else null.
  ProgramSession* program = nullptr;
  std::vector<std::string> outputs = {};         // names
  std::vector<std::optional<Codes>> codes = {};  // of the outputs, as far as it is known
  std::vector<std::string> labels = {};

  // Of a language model; else null.
  LanguageModel* language = nullptr;
  const Tokenizer* tokenizer = nullptr;
  bool chats = false;
  std::function<Expected<std::vector<int32_t>>(std::span<const ChatMessage>)> encode_chat = {};
};

Expected<OpenModel> open_model(const std::string& path, const OpenSettings& settings);

}  // namespace hone::api
