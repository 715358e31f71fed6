#include "llm/template/fallback.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "llm/template/python_text.h"

namespace hone {
namespace {

constexpr std::array kTemplates = {
    FallbackTemplate{"chatml",
                     "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
                     "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
                     "qwen|smollm|hermes|chatml|yi-|internlm", "<|im_start|> <|im_end|>"},
    FallbackTemplate{"llama3",
                     "{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
                     "{{ m.content | trim }}<|eot_id|>{% endfor %}{% if add_generation_prompt %}"
                     "<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}",
                     "llama-3|llama3|llama 3", "<|start_header_id|> <|end_header_id|> <|eot_id|>"},
    FallbackTemplate{
        "llama2",
        "{% set ns = namespace(system='') %}{% for m in messages %}"
        "{% if m.role == 'system' %}{% set ns.system = '<<SYS>>\\n' + m.content + "
        "'\\n<</SYS>>\\n\\n' %}{% elif m.role == 'user' %}[INST] {{ ns.system + m.content }}"
        " [/INST]{% set ns.system = '' %}{% else %} {{ m.content }} </s>{% endif %}"
        "{% endfor %}",
        "llama-2|llama2|llama 2", "</s>"},
    FallbackTemplate{
        "gemma",
        "{% set ns = namespace(system='') %}{% for m in messages %}"
        "{% if m.role == 'system' %}{% set ns.system = m.content + '\\n\\n' %}{% else %}"
        "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
        "{{ ns.system + m.content | trim }}<end_of_turn>\n{% set ns.system = '' %}"
        "{% endif %}{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n"
        "{% endif %}",
        "gemma", "<start_of_turn> <end_of_turn>"},
    FallbackTemplate{
        "mistral",
        "{% set ns = namespace(system='') %}{% for m in messages %}"
        "{% if m.role == 'system' %}{% set ns.system = m.content + '\\n\\n' %}"
        "{% elif m.role == 'user' %}[INST] {{ ns.system + m.content }} [/INST]"
        "{% set ns.system = '' %}{% else %} {{ m.content }}</s>{% endif %}{% endfor %}",
        "mistral|mixtral", "</s>"},
    FallbackTemplate{"phi3",
                     "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}"
                     "{% if add_generation_prompt %}<|assistant|>\n{% endif %}",
                     "phi-3|phi3", "<|user|> <|assistant|> <|end|>"},
    FallbackTemplate{"zephyr",
                     "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}</s>\n{% endfor %}"
                     "{% if add_generation_prompt %}<|assistant|>\n{% endif %}",
                     "zephyr|tinyllama", "</s>"},
    FallbackTemplate{"vicuna",
                     "{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}\n\n"
                     "{% elif m.role == 'user' %}USER: {{ m.content }}\n{% else %}"
                     "ASSISTANT: {{ m.content }}</s>\n{% endif %}{% endfor %}"
                     "{% if add_generation_prompt %}ASSISTANT:{% endif %}",
                     "vicuna", "</s>"},
    FallbackTemplate{"alpaca",
                     "{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}\n\n"
                     "{% elif m.role == 'user' %}### Instruction:\n{{ m.content }}\n\n{% else %}"
                     "### Response:\n{{ m.content }}\n\n{% endif %}{% endfor %}"
                     "{% if add_generation_prompt %}### Response:\n{% endif %}",
                     "alpaca", "</s>"},
    FallbackTemplate{"deepseek",
                     "{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}"
                     "{% elif m.role == 'user' %}<｜User｜>{{ m.content }}{% else %}"
                     "<｜Assistant｜>{{ m.content }}<｜end▁of▁sentence｜>{% endif %}{% endfor %}"
                     "{% if add_generation_prompt %}<｜Assistant｜>{% endif %}",
                     "deepseek", "<｜User｜> <｜Assistant｜>"},
    FallbackTemplate{
        "command-r",
        "{% for m in messages %}<|START_OF_TURN_TOKEN|><|{{ {'system': 'SYSTEM', 'user': "
        "'USER'}.get(m.role, 'CHATBOT') }}_TOKEN|>{{ m.content | trim }}"
        "<|END_OF_TURN_TOKEN|>{% endfor %}{% if add_generation_prompt %}"
        "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>{% endif %}",
        "command-r|aya", "<|START_OF_TURN_TOKEN|> <|END_OF_TURN_TOKEN|>"},
};

constexpr std::array<std::string_view, 6> kChatWords = {"instruct", "chat",   "-it",
                                                        "hermes",   "vicuna", "zephyr"};

}  // namespace

std::span<const FallbackTemplate> fallback_templates() { return kTemplates; }

const FallbackTemplate* find_fallback(std::string_view name) {
  const auto found = std::ranges::find(kTemplates, name, &FallbackTemplate::name);
  return found == kTemplates.end() ? nullptr : &*found;
}

const FallbackTemplate* guess_fallback(std::string_view model_name,
                                       const std::function<bool(std::string_view)>& has_token) {
  constexpr size_t kMaxName = 1000;
  const std::string name = jinja::lower(model_name.substr(0, kMaxName));
  const auto holds = [&](std::string_view word) { return name.find(word) != name.npos; };
  if (std::ranges::none_of(kChatWords, holds)) return nullptr;
  for (const FallbackTemplate& entry : kTemplates) {
    if (!std::ranges::any_of(split(entry.words, '|'), holds)) continue;
    return std::ranges::all_of(split(entry.tokens, ' '), has_token) ? &entry : nullptr;
  }
  return nullptr;
}

}  // namespace hone
