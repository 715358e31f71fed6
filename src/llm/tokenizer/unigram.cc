#include "llm/tokenizer/unigram.h"

#include <algorithm>
#include <limits>

#include "llm/tokenizer/sentence_piece.h"
#include "llm/tokenizer/unicode.h"

namespace hone {
namespace {

constexpr double kUnknownPenalty = 10;  // SentencePiece's, below the least likely token

}  // namespace

Expected<UnigramModel> UnigramModel::make(const Vocabulary& vocabulary, Bytes charsmap,
                                          UnigramOptions options) {
  UnigramModel model;
  model.options_ = options;
  HONE_TRY(model.charsmap_, Charsmap::open(charsmap));
  float least = std::numeric_limits<float>::max();
  for (int32_t id = 0; vocabulary.holds(id); ++id) {
    if (vocabulary.type(id) == TokenType::normal) least = std::min(least, vocabulary.score(id));
  }
  model.unknown_score_ = static_cast<double>(least) - kUnknownPenalty;
  model.tokens_ = PrefixIndex::make(vocabulary, [&vocabulary](int32_t id) {
    const TokenType type = vocabulary.type(id);
    return type == TokenType::normal || type == TokenType::user_defined ||
           type == TokenType::unused;
  });
  model.user_defined_ = PrefixIndex::make(vocabulary, [&vocabulary](int32_t id) {
    return vocabulary.type(id) == TokenType::user_defined;
  });
  return model;
}

// What the start of `text` becomes: user-defined tokens (even the start of one, as in the
// reference) stay as they are.
UnigramModel::Normalized UnigramModel::normalize_prefix(const Vocabulary& vocabulary,
                                                        std::string_view text) const {
  const size_t kept = user_defined_.walk(vocabulary, text, [](size_t, int32_t) {});
  if (kept > 0) return {text.substr(0, kept), kept};
  const Charsmap::Match match = charsmap_.find(text);
  if (match.length > 0) return {match.replacement, match.length};
  const CodePoint point = decode_lenient(text);
  if (point.size == 0) return {"\xEF\xBF\xBD", 1};
  return {text.substr(0, point.size), point.size};
}

std::string UnigramModel::normalize(const Vocabulary& vocabulary, std::string_view text) const {
  std::string out;
  out.reserve(text.size() + text.size() / 2);
  bool prefix_due = options_.add_space_prefix;
  bool in_word = false;
  while (!text.empty()) {
    const Normalized part = normalize_prefix(vocabulary, text);
    for (const char c : part.text) {
      if (c == ' ') {
        in_word = false;
        if (!options_.merge_spaces) out += kSpaceMark;
        continue;
      }
      if (!in_word && (prefix_due || options_.merge_spaces)) {
        out += kSpaceMark;
        prefix_due = false;
      }
      in_word = true;
      out += c;
    }
    text.remove_prefix(part.consumed);
  }
  return out;
}

// best[i] ends the likeliest way to cut text[0, i).
std::vector<UnigramModel::Best> UnigramModel::find_best(const Vocabulary& vocabulary,
                                                        std::string_view text) const {
  std::vector<Best> best(text.size() + 1,
                         {-std::numeric_limits<double>::max(), 0, options_.unknown});
  best[0].score = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t character = std::min(utf8_length(text[at]), text.size() - at);
    const double base = best[at].score;
    bool covered = false;
    const auto offer = [&](size_t length, int32_t id, double score) {
      Best& champion = best[at + length];
      if (base + score > champion.score) {
        champion = {base + score, static_cast<uint32_t>(at), id};
      }
    };
    tokens_.walk(vocabulary, text.substr(at), [&](size_t length, int32_t id) {
      covered = covered || length == character;
      const bool user_defined = vocabulary.type(id) == TokenType::user_defined;
      offer(length, id, user_defined ? 0 : static_cast<double>(vocabulary.score(id)));
    });
    if (!covered) offer(character, options_.unknown, unknown_score_);
    at += character;
  }
  return best;
}

void UnigramModel::encode(const Vocabulary& vocabulary, std::string_view text,
                          std::vector<int32_t>& ids) const {
  const std::string normal = normalize(vocabulary, text);
  const std::vector<Best> best = find_best(vocabulary, normal);
  const auto first = static_cast<ptrdiff_t>(ids.size());
  bool after_unknown = false;
  for (size_t end = normal.size(); end > 0; end = best[end].begin) {
    const int32_t id = best[end].id;
    const bool unknown = id == options_.unknown;
    if (!(unknown && after_unknown) && id != kNoToken) ids.push_back(id);
    after_unknown = unknown;
  }
  std::reverse(ids.begin() + first, ids.end());
}

}  // namespace hone
