#include "chat_input.h"

#include <algorithm>
#include <array>

namespace hone::cli {
namespace {

constexpr std::string_view kQuotes = "\"\"\"";

constexpr std::array kVerbs = {
    ChatVerbText{ChatVerb::help, "help", "", "show this"},
    ChatVerbText{ChatVerb::clear, "clear", "", "forget the conversation and begin anew"},
    ChatVerbText{ChatVerb::save, "save", "FILE", "write the conversation to a file"},
    ChatVerbText{ChatVerb::load, "load", "FILE", "go on with a saved conversation"},
    ChatVerbText{ChatVerb::stats, "stats", "", "context in use, and the speed of the last answer"},
    ChatVerbText{ChatVerb::set, "set", "[NAME [VALUE]]",
                 "show or change a setting; \"\" unsets it"},
    ChatVerbText{ChatVerb::bye, "bye", "", "end (or Ctrl-D)"},
};

std::string_view trim_right(std::string_view text) {
  const size_t last = text.find_last_not_of(" \t\r\n");
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

std::string_view trim_left(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first == text.npos ? std::string_view() : text.substr(first);
}

// Up to the first blank; `rest` is what follows, trimmed.
std::string_view first_word(std::string_view text, std::string_view& rest) {
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  rest = trim(text.substr(end));
  return text.substr(0, end);
}

std::string_view without_quotes(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

Expected<ChatVerb> find_verb(std::string_view name) {
  if (name == "exit" || name == "quit") return ChatVerb::bye;
  if (name == "?") return ChatVerb::help;
  std::vector<std::string> names;
  for (const ChatVerbText& verb : kVerbs) {
    if (verb.name == name) return verb.verb;
    names.emplace_back(verb.name);
  }
  const auto near = did_you_mean(name, names);
  return fail(Code::invalid_argument, "unknown command '/", printable(name, 40), "'; ",
              near ? cat("did you mean '/", *near, "'?")
                   : std::string("/help lists the commands (a message that starts with / needs a "
                                 "space before it)"));
}

Status check_words(const ChatCommand& command, std::string_view rest) {
  switch (command.verb) {
    case ChatVerb::save:
    case ChatVerb::load:
      if (!command.name.empty()) return {};
      return fail(Code::invalid_argument, "/", command.verb == ChatVerb::save ? "save" : "load",
                  " needs the name of a file");
    case ChatVerb::set:
      return {};
    default:
      if (rest.empty()) return {};
      return fail(Code::invalid_argument, "unexpected '", printable(rest, 40),
                  "' behind the command");
  }
}

}  // namespace

Expected<std::optional<std::string>> MessageReader::push(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (state_ == State::fresh && trim_left(line).starts_with(kQuotes)) {
    state_ = State::block;
    line = trim_left(line).substr(kQuotes.size());
    if (line.empty()) return std::nullopt;
  }
  if (state_ == State::block) return push_to_block(line);
  if (line.ends_with('\\')) {
    state_ = State::continued;
    HONE_RETURN_IF_ERROR(add(line.substr(0, line.size() - 1)));
    HONE_RETURN_IF_ERROR(add("\n"));
    return std::nullopt;
  }
  HONE_RETURN_IF_ERROR(add(line));
  return take();
}

Expected<std::optional<std::string>> MessageReader::push_to_block(std::string_view line) {
  const std::string_view trimmed = trim_right(line);
  if (trimmed.ends_with(kQuotes)) {
    HONE_RETURN_IF_ERROR(add(trimmed.substr(0, trimmed.size() - kQuotes.size())));
    return take();
  }
  HONE_RETURN_IF_ERROR(add(line));
  HONE_RETURN_IF_ERROR(add("\n"));
  return std::nullopt;
}

Status MessageReader::add(std::string_view text) {
  if (text_.size() + text.size() > kMaxMessage) {
    drop();
    return fail(Code::limit_exceeded, "a message holds at most ", human_bytes(kMaxMessage));
  }
  text_ += text;
  return {};
}

std::optional<std::string> MessageReader::take() {
  std::string text = std::move(text_);
  const bool block = state_ == State::block;
  drop();
  // The line break before the closing quotes is the block's, not the message's.
  if (block && text.ends_with('\n')) text.pop_back();
  return text;
}

std::string MessageReader::finish() {
  if (!begun()) return {};
  std::string text = *take();
  return std::string(trim_right(text));
}

void MessageReader::drop() {
  state_ = State::fresh;
  text_.clear();
}

std::span<const ChatVerbText> chat_verbs() { return kVerbs; }

bool is_chat_command(std::string_view message) {
  return message.starts_with('/') && trim_right(message).find('\n') == message.npos;
}

Expected<ChatCommand> parse_chat_command(std::string_view message) {
  std::string_view rest;
  const std::string_view word = first_word(trim_right(message), rest);
  ChatCommand command;
  HONE_TRY(command.verb, find_verb(word.substr(word.starts_with('/') ? 1 : 0)));
  if (command.verb == ChatVerb::set) {
    std::string_view value;
    command.name = first_word(rest, value);
    command.has_value = !value.empty();
    command.value = without_quotes(value);
  } else {
    command.name = without_quotes(rest);
  }
  HONE_RETURN_IF_ERROR(check_words(command, rest));
  return command;
}

std::vector<std::string> complete_chat_input(std::string_view before,
                                             std::span<const std::string> setting_names) {
  std::vector<std::string> found;
  const auto offer = [&](std::string text) {
    if (text.starts_with(before)) found.push_back(std::move(text));
  };
  if (!before.starts_with('/')) return found;
  for (const ChatVerbText& verb : kVerbs) {
    offer(cat("/", verb.name, verb.words.empty() ? "" : " "));
  }
  for (const std::string& name : setting_names) {
    if (before.starts_with("/set ")) offer(cat("/set ", name, " "));
  }
  return found;
}

}  // namespace hone::cli
