#include "llm/tokenizer/tokenizer.h"

#include <algorithm>

#include "base/text.h"
#include "llm/tokenizer/unicode.h"

namespace hone {
namespace {

using Flag = TokenizerData::Flag;

bool value_or(Flag flag, bool otherwise) {
  return flag == Flag::unset ? otherwise : flag == Flag::yes;
}

int32_t value_or(int32_t id, int32_t otherwise) { return id == kNoToken ? otherwise : id; }

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  size_t start = 0;
  for (size_t at; (at = text.find(from, start)) != text.npos; start = at + from.size()) {
    out.append(text.substr(start, at - start)).append(to);
  }
  return out.append(text.substr(start));
}

// The bytes behind GPT-2's spelling; a character outside of it stands for itself.
std::string spelled_bytes(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = decode_lenient(text.substr(at));
    const size_t size = std::max<size_t>(point.size, 1);
    const int byte = point.size == 0 ? -1 : spelling_to_byte(point.value);
    if (byte >= 0) {
      out += static_cast<char>(byte);
    } else {
      out.append(text.substr(at, size));
    }
    at += size;
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// The byte of a token "<0x0A>", or the text itself if it is not of that form.
std::string byte_of(std::string_view text) {
  if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return std::string(text);
  const int high = hex_digit(text[3]), low = hex_digit(text[4]);
  if (high < 0 || low < 0) return std::string(text);
  return std::string(1, static_cast<char>(high * 16 + low));
}

}  // namespace

Expected<Tokenizer> Tokenizer::open(const TokenizerData& data) {
  HONE_TRY(Vocabulary vocabulary, Vocabulary::make(data));
  Tokenizer made(std::move(vocabulary));
  HONE_TRY(made.special_, SpecialTokens::make(made.vocabulary_));
  if (data.model == "gpt2" || data.model == "gemma4" || data.model == "whitespace") {
    HONE_RETURN_IF_ERROR(made.open_byte_pair(data));
  } else if (data.model == "llama") {
    HONE_RETURN_IF_ERROR(made.open_sentence_piece(data));
  } else if (data.model == "t5") {
    HONE_RETURN_IF_ERROR(made.open_unigram(data));
  } else if (data.model == "bert") {
    HONE_RETURN_IF_ERROR(made.open_word_piece(data));
  } else {
    return fail(
        Code::unsupported, "the tokenizer model '", printable(data.model),
        "' (tokenizer.ggml.model) is not known; gpt2, gemma4, whitespace, llama, t5 and bert are");
  }
  made.check_ids();
  return made;
}

Status Tokenizer::open_byte_pair(const TokenizerData& data) {
  if (data.model == "whitespace" && data.lowercase == Flag::yes) {
    return fail(Code::unsupported, "a 'whitespace' tokenizer in lower case is not supported");
  }
  HONE_TRY(const PreTokenizerRecipe* recipe,
           find_pre_tokenizer(data.model == "gemma4" ? data.model : data.pre));
  HONE_TRY(model_, BytePairModel::make(vocabulary_, data.merges, *recipe));
  spelling_ = recipe->bytes ? Spelling::bytes : Spelling::space_mark;
  bos_ = data.bos;
  eos_ = data.eos;
  unknown_ = data.unknown;
  add_bos_ = value_or(data.add_bos, recipe->add_bos) || recipe->whole_newlines;
  add_eos_ = value_or(data.add_eos, false);
  add_space_prefix_ = false;
  return {};
}

Status Tokenizer::open_sentence_piece(const TokenizerData& data) {
  constexpr int32_t kUnknown = 0, kBos = 1, kEos = 2;  // SentencePiece's own order
  bos_ = value_or(data.bos, kBos);
  eos_ = value_or(data.eos, kEos);
  unknown_ = value_or(data.unknown, kUnknown);
  add_bos_ = value_or(data.add_bos, true);
  add_eos_ = value_or(data.add_eos, false);
  add_space_prefix_ = value_or(data.add_space_prefix, true);
  spelling_ = Spelling::space_mark;
  model_ = SentencePieceModel::make(vocabulary_, unknown_);
  return {};
}

Status Tokenizer::open_unigram(const TokenizerData& data) {
  constexpr int32_t kEos = 1, kUnknown = 2;  // T5's order
  bos_ = data.bos;
  eos_ = value_or(data.eos, kEos);
  unknown_ = value_or(data.unknown, kUnknown);
  add_bos_ = value_or(data.add_bos, false);
  add_eos_ = value_or(data.add_eos, true);
  add_space_prefix_ = value_or(data.add_space_prefix, false);
  spelling_ = Spelling::space_mark;
  HONE_TRY(model_,
           UnigramModel::make(vocabulary_, data.precompiled_charsmap,
                              {.unknown = vocabulary_.holds(unknown_) ? unknown_ : kNoToken,
                               .add_space_prefix = add_space_prefix_,
                               .merge_spaces = value_or(data.remove_extra_whitespaces, false)}));
  return {};
}

Status Tokenizer::open_word_piece(const TokenizerData& data) {
  constexpr int32_t kUnknown = 100, kClassifier = 101, kSeparator = 102;  // BERT's order
  bos_ = value_or(data.bos, value_or(data.classifier, kClassifier));
  eos_ = data.eos;
  after_ = value_or(data.separator, kSeparator);
  unknown_ = value_or(data.unknown, kUnknown);
  add_bos_ = true;
  add_eos_ = true;
  spelling_ = Spelling::space_mark;
  const bool lowercase = value_or(data.lowercase, true);
  model_ = WordPieceModel::make(vocabulary_,
                                {.unknown = vocabulary_.holds(unknown_) ? unknown_ : kNoToken,
                                 .lowercase = lowercase,
                                 .strip_accents = value_or(data.strip_accents, lowercase)});
  return {};
}

void Tokenizer::check_ids() {
  if (after_ == kNoToken) after_ = eos_;
  for (int32_t* id : {&bos_, &eos_, &unknown_, &after_}) {
    if (!vocabulary_.holds(*id)) *id = kNoToken;
  }
  add_bos_ = add_bos_ && bos_ != kNoToken;
  add_eos_ = add_eos_ && after_ != kNoToken;
}

void Tokenizer::encode_fragment(std::string_view text, bool after_special,
                                std::vector<int32_t>& ids) const {
  if (const auto* pairs = std::get_if<BytePairModel>(&model_)) {
    if (!pairs->recipe().escape_spaces) return pairs->encode(vocabulary_, text, ids);
    return pairs->encode(vocabulary_, replace_all(text, " ", kSpaceMark), ids);
  }
  if (const auto* unigram = std::get_if<UnigramModel>(&model_)) {
    return unigram->encode(vocabulary_, text, ids);
  }
  if (const auto* words = std::get_if<WordPieceModel>(&model_)) {
    return words->encode(vocabulary_, text, ids);
  }
  std::string spelled = replace_all(text, " ", kSpaceMark);
  if (add_space_prefix_ && after_special) spelled.insert(0, kSpaceMark);
  std::get<SentencePieceModel>(model_).encode(vocabulary_, spelled, ids);
}

Expected<std::vector<int32_t>> Tokenizer::encode(std::string_view text,
                                                 EncodeOptions options) const {
  if (text.size() > kMaxTextBytes) {
    return fail(Code::limit_exceeded, "the text has ", text.size(), " bytes; at most ",
                kMaxTextBytes, " are tokenized at once");
  }
  std::vector<int32_t> ids;
  if (options.add_special && add_bos_) ids.push_back(bos_);
  const auto parse =
      options.parse_special ? SpecialTokens::Parse::all : SpecialTokens::Parse::user_defined;
  bool after_special = true;  // the start counts
  for (const TextFragment& fragment : special_.split(vocabulary_, text, parse)) {
    if (fragment.id == kNoToken) {
      encode_fragment(fragment.text, after_special, ids);
    } else {
      ids.push_back(fragment.id);
    }
    after_special = fragment.id != kNoToken;
  }
  if (options.add_special && add_eos_) ids.push_back(after_);
  return ids;
}

std::string Tokenizer::piece(int32_t id) const {
  if (!vocabulary_.holds(id)) return {};
  const std::string_view text = vocabulary_.text(id);
  switch (vocabulary_.type(id)) {
    case TokenType::control:
    case TokenType::unknown:
    case TokenType::user_defined:
      return std::string(text);
    case TokenType::byte:
      return byte_of(text);
    case TokenType::unused:
    case TokenType::undefined:
      return {};
    case TokenType::normal:
      break;
  }
  return spelling_ == Spelling::bytes ? spelled_bytes(text) : replace_all(text, kSpaceMark, " ");
}

Expected<std::string> Tokenizer::decode(std::span<const int32_t> ids, DecodeOptions options) const {
  std::string text;
  bool drop_space = add_space_prefix_;
  for (const int32_t id : ids) {
    if (!vocabulary_.holds(id)) {
      return fail(Code::invalid_argument, "token ", id, " is not in the vocabulary of ", size(),
                  " tokens");
    }
    if (vocabulary_.is_special(id) && !options.show_special) continue;
    const std::string part = piece(id);
    const bool drop = drop_space && !vocabulary_.is_special(id) && part.starts_with(' ');
    text.append(part, drop ? 1 : 0);
    drop_space = drop_space && vocabulary_.is_special(id);
  }
  return text;
}

bool Tokenizer::is_end(int32_t id) const {
  return std::binary_search(vocabulary_.ends().begin(), vocabulary_.ends().end(), id);
}

}  // namespace hone
