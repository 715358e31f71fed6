#include "context_note.h"

namespace hone::cli {

void note_long_context(const LanguageModel& model, Console& console) {
  const int64_t trained = model.info().context_length;
  if (trained <= 0 || model.context() <= trained) return;
  console.note(
      cat("hone: the context of ", model.context(), " tokens is longer than the ", trained,
          " that the model was trained for; what it writes beyond those may be nonsense\n"));
}

}  // namespace hone::cli
