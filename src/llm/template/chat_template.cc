#include "llm/template/chat_template.h"

#include "llm/template/interpreter.h"
#include "llm/template/parser.h"

namespace hone {
namespace jinja {

struct Program {
  Block block;
};

namespace {

constexpr std::string_view kWhere = "chat template";

Expected<Value> message_value(Meter& meter, const ChatMessage& message) {
  Entries entries;
  entries.emplace_back(Value("role"), Value(message.role));
  HONE_TRY(Value content, from_json(meter, message.content));
  entries.emplace_back(Value("content"), std::move(content));
  if (const Json::Object* extra = message.extra.as_object()) {
    for (const Json::Member& member : *extra) {
      if (member.name == "role" || member.name == "content") continue;
      HONE_TRY(Value value, from_json(meter, member.value));
      entries.emplace_back(Value(member.name), std::move(value));
    }
  }
  return make_dict(meter, std::move(entries));
}

// The names that transformers gives to a template; tools and documents are none where there are
// none.
Status define_inputs(Context& context, Interpreter& interpreter, const ChatInput& input) {
  Values messages;
  for (const ChatMessage& message : input.messages) {
    HONE_TRY(Value value, message_value(context.meter, message));
    messages.push_back(std::move(value));
  }
  HONE_TRY(Value list, make_list(context.meter, std::move(messages)));
  HONE_TRY(Value tools, from_json(context.meter, input.tools));
  interpreter.define("messages", std::move(list));
  interpreter.define("tools", std::move(tools));
  interpreter.define("documents", Value());
  interpreter.define("add_generation_prompt",
                     Value(input.generation_prompt == GenerationPrompt::add));
  interpreter.define("bos_token", Value(input.bos_token));
  interpreter.define("eos_token", Value(input.eos_token));
  if (const Json::Object* variables = input.variables.as_object()) {
    for (const Json::Member& member : *variables) {
      HONE_TRY(Value value, from_json(context.meter, member.value));
      interpreter.define(member.name, std::move(value));
    }
  }
  return {};
}

}  // namespace
}  // namespace jinja

ChatTemplate::ChatTemplate(std::shared_ptr<const jinja::Program> program)
    : program_(std::move(program)) {}

Expected<ChatTemplate> ChatTemplate::parse(std::string_view source) {
  HONE_TRY_CONTEXT(jinja::Block block, jinja::parse_template(source), jinja::kWhere);
  return ChatTemplate(std::make_shared<const jinja::Program>(jinja::Program{std::move(block)}));
}

Expected<std::string> ChatTemplate::render(const ChatInput& input,
                                           const RenderLimits& limits) const {
  jinja::Context context(limits.work);
  context.local_time_s = input.local_time_s;
  jinja::Interpreter interpreter(context);
  HONE_RETURN_IF_ERROR(jinja::define_inputs(context, interpreter, input));
  auto text = interpreter.run(program_->block);
  if (text) return text;
  return std::unexpected(
      std::move(text).error().context(cat(jinja::kWhere, ": line ", interpreter.line())));
}

}  // namespace hone
