#include "prompt_format.h"

#include <algorithm>

#include "base/text.h"
#include "llm/template/fallback.h"

namespace hone::cli {
namespace {

std::string format_names() {
  std::string names;
  for (const FallbackTemplate& entry : fallback_templates()) {
    names += cat(names.empty() ? "" : ", ", entry.name);
  }
  return names;
}

Expected<PromptFormat> known_format(const FallbackTemplate& entry, std::string note) {
  PromptFormat format;
  HONE_TRY(format.chat_template, ChatTemplate::parse(entry.source));
  format.note = std::move(note);
  return format;
}

}  // namespace

std::string other_template_hint() {
  return cat("; --template NAME speaks to the model in another format (", format_names(),
             "), and hone run --raw in none");
}

Expected<PromptFormat> choose_prompt_format(std::string_view wanted, std::string_view names,
                                            const TokenizerData& data) {
  if (!wanted.empty()) {
    const FallbackTemplate* entry = find_fallback(wanted);
    if (entry != nullptr) return known_format(*entry, {});
    return fail(Code::invalid_argument, "there is no prompt format '", printable(wanted, 80),
                "'; there are ", format_names());
  }
  if (!data.chat_template.empty()) {
    PromptFormat format;
    auto parsed = ChatTemplate::parse(data.chat_template);
    if (parsed) {
      format.chat_template = std::move(*parsed);
    } else {
      format.error = std::move(parsed).error();
      format.error->message += other_template_hint();
    }
    return format;
  }
  const auto has_token = [&](std::string_view token) {
    return std::ranges::find(data.tokens, token) != data.tokens.end();
  };
  const FallbackTemplate* guess = guess_fallback(names, has_token);
  if (guess == nullptr) return PromptFormat{};
  return known_format(*guess, cat("hone: the model has no chat template; by its name it speaks '",
                                  guess->name, "' (--template NAME for another format)\n"));
}

}  // namespace hone::cli
