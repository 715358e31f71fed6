// The conversation of `hone chat`: what was said, and how it is kept in a file.
//
// A saved conversation is JSON: {"hone_chat": 1, "model": "name", "settings": {...}, "messages":
// [{"role": "system"|"user"|"assistant", "content": "..."}]}. A system message can only be the
// first; behind it user and assistant take turns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chat_settings.h"
#include "llm/template/chat_template.h"

namespace hone::cli {

struct ChatTurn {
  std::string question;
  std::string answer;
  bool operator==(const ChatTurn& other) const = default;
};

struct Conversation {
  std::string model;
  ChatSettings settings;
  std::vector<ChatTurn> turns;

  // For the chat template: the system prompt, every turn, and the question if one is asked.
  std::vector<ChatMessage> messages(const std::string* question = nullptr) const;
};

// "66 of 4096 tokens (1.6 %)"; a conversation that does not fit is told to be full.
std::string context_use(int64_t used, int64_t context);

inline constexpr uint64_t kMaxChatFile = uint64_t{64} << 20;
inline constexpr size_t kMaxChatMessages = 100000;

std::string conversation_to_json(const Conversation& conversation);
// The text may be anything; settings that it lacks come from `defaults`.
Expected<Conversation> conversation_from_json(std::string_view text, const ChatSettings& defaults);

// Written as a whole or not at all; an older file of that name is replaced only if it is a saved
// conversation, too (conflict).
Status save_conversation(const Conversation& conversation, const std::string& path);
Expected<Conversation> load_conversation(const std::string& path, const ChatSettings& defaults);

}  // namespace hone::cli
