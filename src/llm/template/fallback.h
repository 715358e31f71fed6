// Prompt formats known by name, for models that carry no usable template.
#pragma once

#include <span>
#include <string_view>

namespace hone {

struct FallbackTemplate {
  std::string_view name;    // as --chat-template takes it
  std::string_view source;  // for ChatTemplate::parse; prints no bos, which the tokenizer adds
  std::string_view words;   // parts of model names that tell the format, separated by '|'
};

std::span<const FallbackTemplate> fallback_templates();

// By its name; null if there is none.
const FallbackTemplate* find_fallback(std::string_view name);

// The format that a chat model of this name (general.name, a file name) most likely speaks. Null
// for an unknown family and for names that do not say chat, instruct or the like: a base model has
// no format.
const FallbackTemplate* guess_fallback(std::string_view model_name);

}  // namespace hone
