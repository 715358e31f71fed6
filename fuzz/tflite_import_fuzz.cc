// TFLite models that parse, on through the compile half: import, passes with constant folding,
// program.
#include "backend/cpu/target.h"
#include "base/bytes.h"
#include "frontend/tflite/import.h"
#include "passes/program.h"

namespace {

using namespace hone;

// An error without a sentence is a defect.
template <class T>
bool good(const Expected<T>& result) {
  if (!result && result.error().message.empty()) __builtin_trap();
  return result.has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto model = tflite::parse_model(std::as_bytes(std::span(data, size)));
  if (!good(model)) return 0;
  auto imported = tflite::import_model(*model);
  if (!good(imported)) return 0;
  const TargetDesc target = cpu_target();
  const auto graph = passes::run_pipeline(std::move(imported->graph), target);
  if (!good(graph)) return 0;
  auto program = passes::make_program(*graph, target);
  if (good(program)) passes::keep_states(*program, imported->states);
  return 0;
}
