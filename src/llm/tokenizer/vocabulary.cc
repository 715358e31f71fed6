#include "llm/tokenizer/vocabulary.h"

#include <algorithm>
#include <array>

namespace hone {
namespace {

// Texts that end an answer in some model family; files do not mark them, so they go by their text
// (the list that llama.cpp keeps, October 2026). They count as control tokens whatever the file
// says.
constexpr std::string_view kEndTexts[] = {
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>",
    "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]",
    "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
    "<｜end▁of▁sentence｜>", "[e~[",
    // fill-in-the-middle tokens after which nothing of use comes: padding, repository, file
    "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]", "<|fim_repo|>", "<|repo_name|>",
    "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>"};

constexpr std::string_view kControlTexts[] = {
    "<|fim_prefix|>", "<fim-prefix>",    "<fim_prefix>",    "<｜fim▁begin｜>", "<PRE>",
    "▁<PRE>",         "<|code_prefix|>", "<|prefix|>",      "<|fim_suffix|>",  "<fim-suffix>",
    "<fim_suffix>",   "<｜fim▁hole｜>",  "<SUF>",           "▁<SUF>",          "<|code_suffix|>",
    "<|suffix|>",     "<|fim_middle|>",  "<fim-middle>",    "<fim_middle>",    "<｜fim▁end｜>",
    "<MID>",          "▁<MID>",          "<|code_middle|>", "<|middle|>"};

// Parts of an answer in the harmony format, which people must see.
constexpr std::string_view kVisibleTexts[] = {"<|channel|>", "<|message|>", "<|start|>",
                                              "<|constrain|>"};

TokenType type_of(int32_t value) {
  const bool known = value >= 0 && value <= static_cast<int32_t>(TokenType::byte);
  return known ? static_cast<TokenType>(value) : TokenType::undefined;
}

Status check_lists(const TokenizerData& data) {
  const size_t count = data.tokens.size();
  if (count == 0) return fail(Code::corrupt, "the vocabulary has no tokens");
  if (count > kMaxVocabulary) {
    return fail(Code::limit_exceeded, "the vocabulary has ", count, " tokens; at most ",
                kMaxVocabulary, " are allowed");
  }
  if (!data.scores.empty() && data.scores.size() < count) {
    return fail(Code::corrupt, "the vocabulary has ", count, " tokens but ", data.scores.size(),
                " scores");
  }
  if (!data.types.empty() && data.types.size() < count) {
    return fail(Code::corrupt, "the vocabulary has ", count, " tokens but ", data.types.size(),
                " token types");
  }
  return {};
}

}  // namespace

Expected<Vocabulary> Vocabulary::make(const TokenizerData& data) {
  HONE_RETURN_IF_ERROR(check_lists(data));
  Vocabulary made;
  made.texts_ = data.tokens;
  made.scores_ = data.scores;
  HONE_TRY(made.table_, TokenTable::make(made.texts_));
  made.read_types(data.types);
  made.mark_special_texts();
  made.mark_ends(data);
  made.settle_ambiguous_ends();
  return made;
}

int32_t Vocabulary::find_byte(uint8_t byte) const {
  constexpr char kHex[] = "0123456789ABCDEF";
  const char text[] = {'<', '0', 'x', kHex[byte >> 4], kHex[byte & 15], '>'};
  const int32_t id = find({text, sizeof text});
  if (id != kNoToken) return id;
  const char raw = static_cast<char>(byte);
  return find({&raw, 1});
}

void Vocabulary::read_types(const PackedView<int32_t>& types) {
  types_.assign(texts_.size(), TokenType::normal);
  if (types.empty()) return;
  for (size_t id = 0; id < types_.size(); ++id) types_[id] = type_of(types[id]);
}

void Vocabulary::mark_special_texts() {
  const auto mark = [this](std::span<const std::string_view> texts, TokenType type) {
    for (const std::string_view text : texts) {
      if (const int32_t id = find(text); id != kNoToken) types_[static_cast<size_t>(id)] = type;
    }
  };
  mark(kControlTexts, TokenType::control);
  mark(kEndTexts, TokenType::control);
  mark(kVisibleTexts, TokenType::user_defined);
}

void Vocabulary::mark_ends(const TokenizerData& data) {
  for (const std::string_view text : kEndTexts) ends_.push_back(find(text));
  ends_.push_back(data.eos);
  ends_.push_back(data.eot);
  std::erase_if(ends_, [this](int32_t id) { return !holds(id); });
  std::sort(ends_.begin(), ends_.end());
  ends_.erase(std::unique(ends_.begin(), ends_.end()), ends_.end());
}

void Vocabulary::drop_end(int32_t id, TokenType type) {
  if (std::erase(ends_, id) != 0) types_[static_cast<size_t>(id)] = type;
}

// Texts that end an answer in one family and are ordinary in another, told apart by their company.
void Vocabulary::settle_ambiguous_ends() {
  const auto has = [this](std::string_view text) { return find(text) != kNoToken; };
  const bool call = has("<|call|>") || has("<|calls|>");
  if (call && (has("<|return|>") || has("<|flush|>"))) {
    drop_end(find("<|end|>"), TokenType::user_defined);
  }
  if (has("<|tool_response>")) drop_end(find("</s>"), TokenType::normal);
}

}  // namespace hone
