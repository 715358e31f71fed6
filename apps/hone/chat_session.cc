#include "chat_session.h"

#include <algorithm>

#include "base/file.h"

namespace hone::cli {
namespace {

constexpr std::string_view kFormatName = "hone_chat";
constexpr int64_t kFormatVersion = 1;

Json message_json(std::string_view role, const std::string& content) {
  Json message = Json::object();
  message.set("role", Json(role));
  message.set("content", Json(content));
  return message;
}

struct Said {
  std::string role;
  std::string content;
};

Expected<Said> read_message(const Json& message) {
  const Json* role = message.find("role");
  const Json* content = message.find("content");
  if (role == nullptr || content == nullptr || role->as_string() == nullptr ||
      content->as_string() == nullptr) {
    return fail(Code::corrupt, "needs a 'role' and a 'content' of text");
  }
  return Said{*role->as_string(), *content->as_string()};
}

// `asked`: the message before was a question.
Status take_message(const Json& json, size_t index, Conversation& conversation, bool& asked) {
  HONE_TRY(Said said, read_message(json));
  if (said.role == "system" && index == 0) {
    conversation.settings.system = std::move(said.content);
  } else if (said.role == "user" && !asked) {
    conversation.turns.push_back({std::move(said.content), {}});
    asked = true;
  } else if (said.role == "assistant" && asked) {
    conversation.turns.back().answer = std::move(said.content);
    asked = false;
  } else {
    return fail(Code::corrupt, "role '", printable(said.role, 40), "' where '",
                asked ? "assistant" : "user", "' is expected");
  }
  return {};
}

Status read_messages(const Json& root, Conversation& conversation) {
  const Json* list = root.find("messages");
  if (list == nullptr || list->as_array() == nullptr) {
    return fail(Code::corrupt, "has no list of 'messages'");
  }
  if (list->as_array()->size() > kMaxChatMessages) {
    return fail(Code::limit_exceeded, "holds more than ", kMaxChatMessages, " messages");
  }
  bool asked = false;
  size_t index = 0;
  for (const Json& message : *list->as_array()) {
    auto status = take_message(message, index, conversation, asked);
    if (!status) {
      return std::unexpected(std::move(status).error().context(cat("message ", index + 1)));
    }
    ++index;
  }
  if (asked) return fail(Code::corrupt, "ends with a question that has no answer");
  return {};
}

}  // namespace

std::vector<ChatMessage> Conversation::messages(const std::string* question) const {
  std::vector<ChatMessage> list;
  if (settings.system) list.push_back({"system", Json(*settings.system), {}});
  for (const ChatTurn& turn : turns) {
    list.push_back({"user", Json(turn.question), {}});
    list.push_back({"assistant", Json(turn.answer), {}});
  }
  if (question != nullptr) list.push_back({"user", Json(*question), {}});
  return list;
}

std::string context_use(int64_t used, int64_t context) {
  const int64_t held = std::min(used, context);
  const double share = static_cast<double>(held) / static_cast<double>(context);
  return cat(held, " of ", context, " tokens (", fixed(100 * share, 1), " %)",
             used < context ? "" : ", full: /clear begins anew");
}

std::string conversation_to_json(const Conversation& conversation) {
  Json messages = Json::array();
  if (conversation.settings.system) {
    messages.push(message_json("system", *conversation.settings.system));
  }
  for (const ChatTurn& turn : conversation.turns) {
    messages.push(message_json("user", turn.question));
    messages.push(message_json("assistant", turn.answer));
  }
  Json root = Json::object();
  root.set(kFormatName, Json(kFormatVersion));
  root.set("model", Json(conversation.model));
  root.set("settings", settings_to_json(conversation.settings));
  root.set("messages", std::move(messages));
  return root.write(kJsonPretty) + "\n";
}

Expected<Conversation> conversation_from_json(std::string_view text, const ChatSettings& defaults) {
  JsonLimits limits;
  limits.bytes = kMaxChatFile;
  limits.depth = 8;
  HONE_TRY(const Json root, Json::parse(text, limits));
  const Json* version = root.find(kFormatName);
  if (version == nullptr) return fail(Code::corrupt, "is no saved conversation");
  if (version->as_int() != kFormatVersion) {
    return fail(Code::unsupported, "is a conversation of another version of hone");
  }
  Conversation conversation;
  if (const Json* model = root.find("model"); model != nullptr && model->as_string() != nullptr) {
    conversation.model = *model->as_string();
  }
  conversation.settings = defaults;
  if (const Json* settings = root.find("settings")) {
    HONE_TRY(conversation.settings, settings_from_json(*settings, defaults));
  }
  conversation.settings.system.reset();
  HONE_RETURN_IF_ERROR(read_messages(root, conversation));
  return conversation;
}

Status save_conversation(const Conversation& conversation, const std::string& path) {
  if (file_exists(path) && !load_conversation(path, {})) {
    return fail(Code::conflict, "'", printable(path),
                "' exists and is no saved conversation; choose another name");
  }
  return write_file_atomic(path, conversation_to_json(conversation));
}

Expected<Conversation> load_conversation(const std::string& path, const ChatSettings& defaults) {
  HONE_TRY(const std::string text, read_file(path, kMaxChatFile));
  HONE_TRY_CONTEXT(Conversation conversation, conversation_from_json(text, defaults),
                   printable(path));
  return conversation;
}

}  // namespace hone::cli
