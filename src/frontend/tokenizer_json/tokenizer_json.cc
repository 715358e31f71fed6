#include "frontend/tokenizer_json/tokenizer_json.h"

#include "base/json.h"

namespace hone {
namespace {

constexpr std::string_view kWordStart = "\xE2\x96\x81";  // U+2581

constexpr JsonLimits kLimits{.bytes = size_t{64} << 20, .depth = 32, .values = size_t{1} << 22};

std::string_view text_of(const Json* json) {
  const std::string* text = json == nullptr ? nullptr : json->as_string();
  return text == nullptr ? std::string_view() : *text;
}

const Json* member(const Json* object, std::string_view name) {
  return object == nullptr ? nullptr : object->find(name);
}

bool is_special(std::string_view token) {
  return token.size() > 2 && token.starts_with('[') && token.ends_with(']');
}

std::string spelled(std::string_view token, std::string_view prefix) {
  if (is_special(token)) return std::string(token);
  if (!prefix.empty() && token.size() > prefix.size() && token.starts_with(prefix)) {
    return std::string(token.substr(prefix.size()));
  }
  return cat(kWordStart, token);
}

Expected<std::vector<std::string>> read_vocabulary(const Json& model) {
  const Json::Object* vocab = model.find("vocab") ? model.find("vocab")->as_object() : nullptr;
  if (vocab == nullptr || vocab->empty()) {
    return fail(Code::corrupt, "tokenizer.json: model.vocab is no object with tokens");
  }
  if (vocab->size() > kMaxJsonTokens) {
    return fail(Code::limit_exceeded, "tokenizer.json: ", vocab->size(), " tokens; hone takes ",
                kMaxJsonTokens);
  }
  const Json* prefix_member = model.find("continuing_subword_prefix");
  const std::string_view prefix = prefix_member == nullptr ? "##" : text_of(prefix_member);
  std::vector<std::string> tokens(vocab->size());
  for (const Json::Member& token : *vocab) {
    const auto id = token.value.as_int();
    if (!id || *id < 0 || *id >= static_cast<int64_t>(kMaxJsonTokens)) {
      return fail(Code::corrupt, "tokenizer.json: model.vocab: token '", printable(token.name),
                  "' has no id below ", kMaxJsonTokens);
    }
    // Some vocabularies leave ids out.
    if (static_cast<size_t>(*id) >= tokens.size()) tokens.resize(static_cast<size_t>(*id) + 1);
    if (!tokens[static_cast<size_t>(*id)].empty()) {
      return fail(Code::corrupt, "tokenizer.json: model.vocab: the id of token '",
                  printable(token.name), "' is another token's, too");
    }
    tokens[static_cast<size_t>(*id)] = spelled(token.name, prefix);
  }
  return tokens;
}

TokenizerData::Flag flag_of(const Json* value) {
  const auto flag = value == nullptr ? std::nullopt : value->as_bool();
  if (!flag) return TokenizerData::Flag::unset;
  return *flag ? TokenizerData::Flag::yes : TokenizerData::Flag::no;
}

}  // namespace

Expected<std::unique_ptr<TokenizerFile>> TokenizerFile::parse(std::string_view json) {
  HONE_TRY_CONTEXT(const Json file, Json::parse(json, kLimits), "tokenizer.json");
  const Json* model = file.find("model");
  const std::string_view kind = text_of(member(model, "type"));
  const bool has_words = member(model, "continuing_subword_prefix") != nullptr;
  if (model == nullptr || (kind != "WordPiece" && !(kind.empty() && has_words))) {
    return fail(Code::unsupported, "tokenizer.json: the model '", printable(kind),
                "' is not supported; WordPiece is");
  }
  std::unique_ptr<TokenizerFile> made(new TokenizerFile());
  HONE_TRY(made->tokens_, read_vocabulary(*model));
  TokenizerData& data = made->data_;
  data.model = "bert";
  const Json* normalizer = file.find("normalizer");
  data.lowercase = flag_of(member(normalizer, "lowercase"));
  data.strip_accents = flag_of(member(normalizer, "strip_accents"));
  for (size_t i = 0; i < made->tokens_.size(); ++i) {
    const std::string_view token = made->tokens_[i];
    const bool special = is_special(token);
    made->types_.push_back(static_cast<int32_t>(special ? TokenType::control : TokenType::normal));
    data.tokens.push_back(token);
    const int32_t id = static_cast<int32_t>(i);
    if (token == "[CLS]") data.bos = data.classifier = id;
    if (token == "[SEP]") data.separator = id;
    if (token == "[PAD]") data.padding = id;
    if (token == "[UNK]") data.unknown = id;
    if (token == "[MASK]") data.mask = id;
  }
  data.types = PackedView<int32_t>(made->types_);
  return made;
}

}  // namespace hone
