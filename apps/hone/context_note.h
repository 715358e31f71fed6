// What a person should know about the length of a model's context.
#pragma once

#include "console.h"
#include "llm/generate/language_model.h"

namespace hone::cli {

// One line on stderr if the context is longer than the model was trained for.
void note_long_context(const LanguageModel& model, Console& console);

}  // namespace hone::cli
