#include "frontend/gguf/tokenizer_fields.h"

#include <utility>

namespace hone {
namespace {

Status read_vocabulary(const GgufFile& file, TokenizerData& data) {
  HONE_TRY(data.tokens, file.find_strings("tokenizer.ggml.tokens"));
  HONE_TRY(data.merges, file.find_strings("tokenizer.ggml.merges"));
  HONE_TRY(data.scores, file.find_f32_array("tokenizer.ggml.scores"));
  HONE_TRY(data.types, file.find_i32_array("tokenizer.ggml.token_type"));
  if (data.tokens.empty()) {
    return fail(Code::unsupported, "the model has no vocabulary (tokenizer.ggml.tokens), so it ",
                "cannot turn text into tokens; convert it with its tokenizer");
  }
  return {};
}

struct SpecialToken {
  std::string_view key;
  int32_t TokenizerData::* id;
};

constexpr SpecialToken kSpecialTokens[] = {
    {"tokenizer.ggml.bos_token_id", &TokenizerData::bos},
    {"tokenizer.ggml.eos_token_id", &TokenizerData::eos},
    {"tokenizer.ggml.eot_token_id", &TokenizerData::eot},
    {"tokenizer.ggml.unknown_token_id", &TokenizerData::unknown},
    {"tokenizer.ggml.seperator_token_id", &TokenizerData::separator},  // spelled so in the format
    {"tokenizer.ggml.padding_token_id", &TokenizerData::padding},
    {"tokenizer.ggml.cls_token_id", &TokenizerData::classifier},
    {"tokenizer.ggml.mask_token_id", &TokenizerData::mask},
};

Status read_special(const GgufFile& file, const SpecialToken& token, TokenizerData& data) {
  HONE_TRY(const int64_t id, file.find_i64(token.key, kNoToken));
  if (id == kNoToken || id == int64_t{UINT32_MAX}) return {};  // "none", as signed or unsigned
  if (id >= 0 && static_cast<uint64_t>(id) < data.tokens.size()) {
    data.*token.id = static_cast<int32_t>(id);
    return {};
  }
  // Nothing pads, and some published models name a padding token just past the vocabulary.
  if (token.id == &TokenizerData::padding) return {};
  return fail(Code::corrupt, "metadata '", token.key, "' is ", id, " but the vocabulary has only ",
              data.tokens.size(), " tokens");
}

struct FlagKey {
  std::string_view key;
  TokenizerData::Flag TokenizerData::* flag;
};

constexpr FlagKey kFlags[] = {
    {"tokenizer.ggml.add_bos_token", &TokenizerData::add_bos},
    {"tokenizer.ggml.add_eos_token", &TokenizerData::add_eos},
    {"tokenizer.ggml.add_sep_token", &TokenizerData::add_separator},
    {"tokenizer.ggml.add_space_prefix", &TokenizerData::add_space_prefix},
    {"tokenizer.ggml.remove_extra_whitespaces", &TokenizerData::remove_extra_whitespaces},
    {"tokenizer.ggml.normalizer.lowercase", &TokenizerData::lowercase},
    {"tokenizer.ggml.normalizer.strip_accents", &TokenizerData::strip_accents},
};

Status read_flag(const GgufFile& file, const FlagKey& key, TokenizerData& data) {
  if (file.find(key.key) == nullptr) return {};
  HONE_TRY(const bool value, file.find_bool(key.key));
  data.*key.flag = value ? TokenizerData::Flag::yes : TokenizerData::Flag::no;
  return {};
}

Status read_charsmap(const GgufFile& file, TokenizerData& data) {
  const GgufValue* value = file.find("tokenizer.ggml.precompiled_charsmap");
  if (value == nullptr) return {};
  HONE_TRY(data.precompiled_charsmap, value->as_byte_array());
  return {};
}

}  // namespace

Expected<TokenizerData> tokenizer_data(const GgufFile& file) {
  TokenizerData data;
  HONE_TRY(data.model, file.find_string("tokenizer.ggml.model"));
  HONE_TRY(data.pre, file.find_string("tokenizer.ggml.pre", ""));
  HONE_TRY(data.chat_template, file.find_string("tokenizer.chat_template", ""));
  HONE_RETURN_IF_ERROR(read_vocabulary(file, data));
  HONE_RETURN_IF_ERROR(read_charsmap(file, data));
  for (const SpecialToken& token : kSpecialTokens) {
    HONE_RETURN_IF_ERROR(read_special(file, token, data));
  }
  for (const FlagKey& key : kFlags) HONE_RETURN_IF_ERROR(read_flag(file, key, data));
  HONE_RETURN_IF_ERROR(check_tokenizer(data));
  return data;
}

}  // namespace hone
