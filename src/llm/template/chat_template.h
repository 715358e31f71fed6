// ChatTemplate: runs the Jinja chat templates that models carry.
//
// The language is Jinja's as chat templates use it, with the settings of the transformers library
// (trim_blocks, lstrip_blocks, loop controls, json filter without HTML escapes): set, for, if,
// macro, call, filter, with, generation, raw; the usual filters, tests and methods; Python's
// values. Not there: include, import, extends, block, recursive loops, do, arguments from lists
// (*args). Letters beyond ASCII have no upper or lower case.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace hone {

struct ChatMessage {
  std::string role;
  Json content;  // text; or what a template may take instead: an array of parts, null
  Json extra;    // an object of further members: tool_calls, name, reasoning_content; or null
};

enum class GenerationPrompt : uint8_t { none, add };

struct ChatInput {
  std::vector<ChatMessage> messages;
  GenerationPrompt generation_prompt = GenerationPrompt::add;  // open the assistant's turn
  std::string bos_token;
  std::string eos_token;
  Json tools;                // an array of tool definitions, or null
  Json variables;            // an object of further variables (enable_thinking, documents), or null
  int64_t local_time_s = 0;  // for strftime_now: seconds since 1970-01-01 00:00 local time
};

struct RenderLimits {
  // Evaluated nodes and bytes made, weighed (meter.h): bounds the time of a render to about two
  // seconds and its memory to as many bytes.
  uint64_t work = uint64_t{1} << 28;
};

namespace jinja {
struct Program;
}

// Immutable and cheap to copy; render may be called from several threads.
class ChatTemplate {
 public:
  // Errors (corrupt, unsupported, limit_exceeded) tell the line and name the construct.
  static Expected<ChatTemplate> parse(std::string_view source);

  // The prompt. Errors tell the line; what a template says by raise_exception is the message.
  Expected<std::string> render(const ChatInput& input, const RenderLimits& limits = {}) const;

 private:
  explicit ChatTemplate(std::shared_ptr<const jinja::Program> program);
  std::shared_ptr<const jinja::Program> program_;
};

}  // namespace hone
