#include "api/opener.h"
#include "open/load_program.h"
#include "open/model_contents.h"
#include "open/text_model.h"

namespace hone::api {
namespace {

Expected<OpenModel> open_tensors(const ModelFiles& files, const OpenSettings& settings) {
  HONE_TRY(LoadedProgram loaded, load_program(files, {.threads = settings.threads}));
  const auto kept = std::make_shared<LoadedProgram>(std::move(loaded));
  OpenModel model{.keeps = kept, .program = kept->session.get()};
  for (EngineEntry& entry : kept->metadata) {
    model.metadata.emplace_back(std::move(entry.key), std::move(entry.value));
  }
  model.outputs = kept->outputs;
  model.codes = kept->codes;
  model.labels = kept->labels;
  return model;
}

std::vector<std::pair<std::string, std::string>> metadata_of(const LanguageModelInfo& info) {
  return {{"architecture", info.architecture},  {"name", info.name},
          {"parameters", cat(info.parameters)}, {"context_length", cat(info.context_length)},
          {"layers", cat(info.layers)},         {"embedding_length", cat(info.embedding_length)}};
}

Expected<OpenModel> open_language(const ModelFiles& files, const OpenSettings& settings) {
  HONE_TRY(TextModel opened, open_text_model(files, settings.prompt_format,
                                             {.threads = settings.threads,
                                              .context = settings.context,
                                              .sequences = settings.sequences}));
  const auto kept = std::make_shared<TextModel>(std::move(opened));
  OpenModel model{.keeps = kept, .metadata = metadata_of(kept->loaded.model->info())};
  model.language = kept->loaded.model.get();
  model.tokenizer = kept->tokenizer.get();
  model.chats = kept->format.chat_template.has_value();
  model.encode_chat = [text = kept.get()](std::span<const ChatMessage> messages) {
    return text->encode_chat(messages);
  };
  return model;
}

}  // namespace

Expected<OpenModel> open_model(const std::string& path, const OpenSettings& settings) {
  const TrustSettings trust{.keys = settings.trust,
                            .required = settings.require_signature,
                            .cache_dir = settings.cache_dir};
  HONE_TRY(ModelFiles files, plain_model_files(path, trust));
  files.cache_folder = settings.cache_dir;
  return takes_tensors(files) ? open_tensors(files, settings) : open_language(files, settings);
}

}  // namespace hone::api
