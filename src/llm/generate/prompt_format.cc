#include "llm/generate/prompt_format.h"

#include <algorithm>

#include "base/text.h"
#include "llm/template/fallback.h"

namespace hone {
namespace {

Expected<PromptFormat> known_format(const FallbackTemplate& entry) {
  PromptFormat format;
  HONE_TRY(format.chat_template, ChatTemplate::parse(entry.source));
  return format;
}

}  // namespace

std::string prompt_format_names() {
  std::string names;
  for (const FallbackTemplate& entry : fallback_templates()) {
    names += cat(names.empty() ? "" : ", ", entry.name);
  }
  return names;
}

Expected<PromptFormat> choose_prompt_format(std::string_view wanted, std::string_view names,
                                            const TokenizerData& data) {
  if (!wanted.empty()) {
    const FallbackTemplate* entry = find_fallback(wanted);
    if (entry != nullptr) return known_format(*entry);
    return fail(Code::invalid_argument, "there is no prompt format '", printable(wanted, 80),
                "'; there are ", prompt_format_names());
  }
  if (!data.chat_template.empty()) {
    PromptFormat format;
    auto parsed = ChatTemplate::parse(data.chat_template);
    if (parsed) {
      format.chat_template = std::move(*parsed);
    } else {
      format.error = std::move(parsed).error();
    }
    return format;
  }
  const auto has_token = [&](std::string_view token) {
    return std::ranges::find(data.tokens, token) != data.tokens.end();
  };
  const FallbackTemplate* guess = guess_fallback(names, has_token);
  if (guess == nullptr) return PromptFormat{};
  HONE_TRY(PromptFormat format, known_format(*guess));
  format.guessed = guess->name;
  return format;
}

}  // namespace hone
