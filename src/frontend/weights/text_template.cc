#include "frontend/weights/text_template.h"

#include <algorithm>
#include <map>
#include <span>
#include <vector>

#include "base/text.h"

namespace hone::weights {
namespace {

using Words = std::vector<std::string>;
using Lines = std::span<const std::string_view>;
using Variables = std::map<std::string, std::string, std::less<>>;

constexpr int kMaxDepth = 8;  // blocks that use blocks

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

bool is_name(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

Words words_of(std::string_view line) {
  Words words;
  for (const std::string_view word : split(line, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

struct Block {
  Words parameters;
  Lines lines;
};

class Expander {
 public:
  explicit Expander(const Json& config) : config_(config) {}

  Status run(Lines lines, Variables& variables, int depth) {
    if (depth > kMaxDepth) return fail(Code::limit_exceeded, "blocks use each other too deep");
    for (size_t i = 0; i < lines.size(); ++i) {
      HONE_TRY(const std::string line, filled(lines[i].substr(0, lines[i].find('#')), variables));
      const Words words = words_of(line);
      if (words.empty()) continue;
      const bool opens = words[0] == "block" || words[0] == "repeat";
      const size_t end = opens ? end_of(lines, i) : i;
      HONE_RETURN_IF_ERROR(take(line, words, lines.subspan(i, end - i), variables, depth));
      i = end;
    }
    return {};
  }

  std::string take_text() { return std::move(out_); }

 private:
  // `body`: the line itself and what stands up to its "end".
  Status take(const std::string& line, const Words& words, Lines body, Variables& variables,
              int depth) {
    if (words[0] == "setting" && words.size() >= 3) return set(words, variables);
    if (words[0] == "use" && words.size() >= 2) return use(words, variables, depth);
    if (words[0] == "repeat" && words.size() == 4) {
      return repeat(words, body.subspan(1), variables, depth);
    }
    if (words[0] == "block" && words.size() >= 2) {
      blocks_[words[1]] = {Words(words.begin() + 2, words.end()), body.subspan(1)};
      return {};
    }
    out_ += cat(line, "\n");
    return {};
  }

  static size_t end_of(Lines lines, size_t begin) {
    size_t end = begin;
    while (end < lines.size() && trim(lines[end]) != "end") ++end;
    return end;
  }

  // setting NAME KEY [OTHERWISE]
  Status set(const Words& words, Variables& variables) const {
    const Json* value = config_.find(words[2]);
    std::string text = words.size() > 3 ? words[3] : "";
    if (value != nullptr) {
      text = value->as_string() != nullptr ? *value->as_string() : value->write();
    }
    if (!is_word(text)) {
      return fail(Code::invalid_argument, "the model's config must say '", words[2], "'",
                  value == nullptr ? "" : " as a number or a word");
    }
    variables[words[1]] = text;
    return {};
  }

  Status use(const Words& words, const Variables& variables, int depth) {
    const auto found = blocks_.find(words[1]);
    if (found == blocks_.end() || found->second.parameters.size() != words.size() - 2) {
      return fail(Code::corrupt, "there is no block '", words[1], "' of ", words.size() - 2,
                  " parameters");
    }
    Variables inside = variables;
    for (size_t i = 2; i < words.size(); ++i) inside[found->second.parameters[i - 2]] = words[i];
    return run(found->second.lines, inside, depth + 1);
  }

  // repeat NAME NEXT COUNT
  Status repeat(const Words& words, Lines body, Variables& variables, int depth) {
    const auto count = parse_int(words[3]);
    if (!count || *count < 1 || *count > kMaxRepeats) {
      return fail(Code::invalid_argument, "'", words[3], "' is no number of ", words[1],
                  "s from 1 to ", kMaxRepeats);
    }
    for (int64_t i = 0; i < *count; ++i) {
      variables[words[1]] = cat(i);
      variables[words[2]] = cat(i + 1);
      HONE_RETURN_IF_ERROR(run(body, variables, depth + 1));
    }
    return {};
  }

  static Expected<std::string> filled(std::string_view line, const Variables& variables) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      if (line[i] != '$') {
        text += line[i];
        continue;
      }
      size_t end = i + 1;
      while (end < line.size() && is_name(line[end])) ++end;
      const auto found = variables.find(line.substr(i + 1, end - i - 1));
      if (found == variables.end()) {
        return fail(Code::corrupt, "'", printable(line.substr(i, end - i)), "' is not set");
      }
      text += found->second;
      i = end - 1;
    }
    return text;
  }

  const Json& config_;
  std::map<std::string, Block, std::less<>> blocks_;
  std::string out_;
};

}  // namespace

Expected<std::string> expand_template(std::string_view text, const Json& config) {
  const std::vector<std::string_view> lines = split(text, '\n');
  Expander expander(config);
  Variables variables;
  HONE_RETURN_IF_ERROR(expander.run(lines, variables, 0));
  return expander.take_text();
}

}  // namespace hone::weights
