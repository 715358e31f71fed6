#include "llm/tokenizer/pre_tokenizer.h"

namespace hone {

Expected<PreTokenizer> PreTokenizer::make(const PreTokenizerRecipe& recipe) {
  PreTokenizer made;
  for (const std::string_view step : recipe.steps) {
    if (step == "@number_groups") {
      made.steps_.push_back({Kind::number_groups, {}});
    } else if (step == "@digit_groups") {
      made.steps_.push_back({Kind::digit_groups, {}});
    } else if (step == "@trailing_space") {
      made.steps_.push_back({Kind::trailing_space, {}});
    } else {
      HONE_TRY(PatternDfa pattern, PatternDfa::compile(step));
      made.steps_.push_back({Kind::pattern, std::move(pattern)});
    }
  }
  return made;
}

namespace {

// The rules below want to know where a run ends before they cut it, so they are written out.

// Stands for \d{1,3}(?=(?:\d{3})*\b), with \p{N} for \d. As in the reference there is no cut before
// a number; the patterns that follow make it.
void cut_number_groups(std::string_view piece, std::vector<size_t>& cuts) {
  std::vector<size_t> run;  // where each number of the run starts
  const char* const end = piece.data() + piece.size();
  for (size_t at = 0; at <= piece.size();) {
    const CodePoint point =
        at < piece.size() ? decode_clean(piece.data() + at, end) : CodePoint{0, 1};
    if (at < piece.size() && unicode_class(point.value) == UnicodeClass::number) {
      run.push_back(at);
    } else if (!run.empty()) {
      for (size_t i = run.size() % 3; i < run.size(); i += 3) {
        if (i > 0) cuts.push_back(run[i]);
      }
      cuts.push_back(at);
      run.clear();
    }
    at += point.size;
  }
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Stands for the empty match (?=(\d{3})+(?!\d)).
void cut_digit_groups(std::string_view piece, std::vector<size_t>& cuts) {
  for (size_t start = 0; start < piece.size();) {
    size_t end = start;
    while (end < piece.size() && is_digit(piece[end])) ++end;
    for (size_t at = start + (end - start) % 3; at < end; at += 3) cuts.push_back(at);
    start = end + 1;
  }
}

// Stands for \s+$.
void cut_trailing_space(std::string_view piece, std::vector<size_t>& cuts) {
  size_t start = piece.size();
  const char* const end = piece.data() + piece.size();
  for (size_t at = piece.size(); at-- > 0;) {
    if ((static_cast<uint8_t>(piece[at]) & 0xC0) == 0x80) continue;
    if (!is_white_space(decode_clean(piece.data() + at, end).value)) break;
    start = at;
  }
  cuts.push_back(start);
}

}  // namespace

void PreTokenizer::find_cuts(Kind kind, std::string_view piece, std::vector<size_t>& cuts) {
  switch (kind) {
    case Kind::number_groups:
      return cut_number_groups(piece, cuts);
    case Kind::digit_groups:
      return cut_digit_groups(piece, cuts);
    case Kind::trailing_space:
      return cut_trailing_space(piece, cuts);
    case Kind::pattern:
      return;
  }
}

}  // namespace hone
