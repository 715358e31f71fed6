#include "llm/tokenizer/special_tokens.h"

#include <algorithm>
#include <functional>

namespace hone {
namespace {

size_t pair_at(std::string_view text, size_t at) {
  return static_cast<uint8_t>(text[at]) * 256u + static_cast<uint8_t>(text[at + 1]);
}

bool is_looked_for(TokenType type) {
  return type == TokenType::control || type == TokenType::user_defined ||
         type == TokenType::unknown;
}

}  // namespace

Expected<SpecialTokens> SpecialTokens::make(const Vocabulary& vocabulary) {
  SpecialTokens made;
  made.starts_.resize(65536);
  std::vector<bool> has_length(kMaxSpecialBytes + 1);
  for (int32_t id = 0; vocabulary.holds(id); ++id) {
    const std::string_view text = vocabulary.text(id);
    if (!is_looked_for(vocabulary.type(id)) || text.empty()) continue;
    if (text.size() > kMaxSpecialBytes) {
      return fail(Code::limit_exceeded, "special token ", id, " has ", text.size(),
                  " bytes; at most ", kMaxSpecialBytes, " are allowed");
    }
    has_length[text.size()] = true;
    if (text.size() > 1) {
      made.starts_[pair_at(text, 0)] = true;
    } else {
      const auto row = made.starts_.begin() + static_cast<uint8_t>(text[0]) * 256;
      std::fill(row, row + 256, true);
    }
  }
  for (size_t size = kMaxSpecialBytes; size > 0; --size) {
    if (has_length[size]) made.lengths_.push_back(static_cast<uint16_t>(size));
  }
  return made;
}

bool SpecialTokens::wanted(const Vocabulary& vocabulary, int32_t id, Parse parse) const {
  if (id == kNoToken) return false;
  const TokenType type = vocabulary.type(id);
  return parse == Parse::all ? is_looked_for(type) : type == TokenType::user_defined;
}

// A longer match never lies inside a shorter one, so a match is free if both its ends are.
std::vector<SpecialTokens::Match> SpecialTokens::find_all(const Vocabulary& vocabulary,
                                                          std::string_view text,
                                                          Parse parse) const {
  std::vector<uint32_t> places;
  for (size_t at = 0; at < text.size(); ++at) {
    if (at + 1 == text.size() || starts_[pair_at(text, at)]) {
      places.push_back(static_cast<uint32_t>(at));
    }
  }
  std::vector<Match> matches;
  if (places.empty()) return matches;
  std::vector<bool> taken(text.size());
  for (const uint16_t size : lengths_) {
    for (const uint32_t at : places) {
      if (at + size > text.size() || taken[at] || taken[at + size - 1]) continue;
      const int32_t id = vocabulary.find(text.substr(at, size));
      if (!wanted(vocabulary, id, parse)) continue;
      matches.push_back({at, size, id});
      std::fill_n(taken.begin() + at, size, true);
    }
  }
  std::sort(matches.begin(), matches.end(),
            [](const Match& a, const Match& b) { return a.begin < b.begin; });
  return matches;
}

std::vector<TextFragment> SpecialTokens::split(const Vocabulary& vocabulary, std::string_view text,
                                               Parse parse) const {
  std::vector<TextFragment> fragments;
  size_t start = 0;
  for (const Match& match : find_all(vocabulary, text, parse)) {
    if (match.begin > start)
      fragments.push_back({text.substr(start, match.begin - start), kNoToken});
    fragments.push_back({text.substr(match.begin, match.size), match.id});
    start = match.begin + match.size;
  }
  if (start < text.size()) fragments.push_back({text.substr(start), kNoToken});
  return fragments;
}

}  // namespace hone
