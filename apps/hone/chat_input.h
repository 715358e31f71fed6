// What a person types in `hone chat`: lines that make messages, and commands that start with /.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hone::cli {

inline constexpr size_t kMaxMessage = size_t{16} << 20;  // bytes of one message

// Puts lines together: one that ends in \ goes on in the next, and """ holds several lines until
// the next """ at the end of a line.
class MessageReader {
 public:
  // `line` comes without its line end; pasted text may hold several. The message, if this completes
  // one; limit_exceeded drops what was begun.
  Expected<std::optional<std::string>> push(std::string_view line);
  // The message so far, at the end of the input; empty if none was begun.
  std::string finish();
  void drop();
  bool begun() const { return state_ != State::fresh; }

 private:
  enum class State { fresh, continued, block };
  Status add(std::string_view text);
  std::optional<std::string> take();
  Expected<std::optional<std::string>> push_to_block(std::string_view line);

  State state_ = State::fresh;
  std::string text_;
};

enum class ChatVerb { help, clear, save, load, stats, set, bye };

struct ChatVerbText {
  ChatVerb verb;
  std::string_view name;   // "save"
  std::string_view words;  // "FILE"
  std::string_view meaning;
};

// In the order of /help.
std::span<const ChatVerbText> chat_verbs();

struct ChatCommand {
  ChatVerb verb = ChatVerb::help;
  std::string name;        // first word behind the verb
  std::string value;       // the rest; of /save and /load `name` is everything
  bool has_value = false;  // /set NAME "" has one, too
};

// A message that starts with / is a command; not one of several lines.
bool is_chat_command(std::string_view message);
// Errors suggest the nearest command. A value in double quotes loses them.
Expected<ChatCommand> parse_chat_command(std::string_view message);

// What Tab offers for the text before the cursor: whole texts that could stand there instead.
std::vector<std::string> complete_chat_input(std::string_view before,
                                             std::span<const std::string> setting_names);

}  // namespace hone::cli
