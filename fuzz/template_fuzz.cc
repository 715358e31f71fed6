// Chat templates: hostile source, and hostile messages within a template that is at hand. A render
// must end within its work limit and never print more than it paid for.
#include <cstdint>
#include <string>
#include <string_view>

#include "llm/template/chat_template.h"

namespace {

constexpr uint64_t kWork = 1 << 20;

hone::ChatInput input_with(std::string_view content) {
  hone::ChatInput input;
  input.messages.push_back({"system", "You are terse.", {}});
  input.messages.push_back({"user", std::string(content), {}});
  hone::Json call;
  call.set("function", hone::Json::object()).set("name", "add");
  hone::Json extra;
  extra.set("tool_calls", hone::Json::array()).push(call);
  input.messages.push_back({"assistant", hone::Json(), extra});
  input.bos_token = "<s>";
  input.eos_token = "</s>";
  input.tools =
      *hone::Json::parse(R"([{"type":"function","function":{"name":"add","n":[1,2.5,null]}}])");
  return input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t middle = text.find('\0');  // source, then what the user says
  const auto parsed = hone::ChatTemplate::parse(text.substr(0, middle));
  if (!parsed) return 0;
  const std::string_view content = middle == text.npos ? "hi" : text.substr(middle + 1);
  const auto prompt = parsed->render(input_with(content), {.work = kWork});
  if (prompt && prompt->size() > kWork) __builtin_trap();
  return 0;
}
