#include "typical_inputs.h"

#include <algorithm>
#include <random>

#include "ops/shape_rules.h"
#include "random_inputs.h"
#include "task_files.h"
#include "tasks/embed.h"
#include "tasks/fields.h"
#include "tasks/picture_input.h"
#include "tensor/encode.h"
#include "tensor_files.h"

namespace hone::cli {
namespace {

constexpr int kMostElements = 1 << 24;
constexpr int kTextTokens = 32;
// Of a picture whose size neither the task nor the model tells.
constexpr int kPictureWidth = 640;
constexpr int kPictureHeight = 480;

using Inputs = std::map<std::string, Tensor>;

bool is_open(const ProgramValue& input) {
  return input.type.is_tensor() && std::ranges::any_of(input.type.tensor.shape, [](const Dim& dim) {
           return dim.is_symbol();
         });
}

DType dtype_of(const LoadedProgram& model, std::string_view name) {
  for (const ProgramValue& input : model.inputs) {
    if (input.name == name && input.type.is_tensor()) return input.type.tensor.dtype;
  }
  return DType::f32;
}

Expected<Tensor> filled(DType dtype, const Dims& dims, double value) {
  if (!is_number(dtype) || info(dtype).block_elements != 1) {
    return fail(Code::invalid_argument, "the model's inputs are no numbers");
  }
  HONE_TRY(Tensor tensor, Tensor::allocate(dtype, dims));
  for (int64_t i = 0; i < dims.elements(); ++i) {
    encode_element(dtype, value, tensor.writable().data + i * info(dtype).block_bytes);
  }
  return tensor;
}

// A step of sound, its rate, and the states as they are at first.
Expected<Inputs> sound_inputs(const LoadedProgram& model, const Task& task, uint64_t seed) {
  Inputs inputs;
  HONE_TRY(const Fields input, Fields::of(task.fields, "input"));
  HONE_TRY(const std::string sound, input.text("tensor", "input"));
  const Json* rates = input.find("rates");
  const bool listed =
      rates != nullptr && rates->as_array() != nullptr && !rates->as_array()->empty();
  const Fields step = listed ? Fields::whole((*rates->as_array())[0]) : input;
  HONE_TRY(const int samples, step.integer("samples", 512, 1, kMostElements));
  HONE_TRY(const int context,
           step.integer("context", listed || task.kind != "vad" ? 0 : 64, 0, kMostElements));
  HONE_TRY(const int rate, step.integer("sample_rate", 16000, 1, kMostElements));
  const DType dtype = dtype_of(model, sound);
  HONE_TRY(inputs[sound], random_tensor(dtype, {1, samples + context}, usual_range(dtype), seed));
  HONE_TRY(const std::string told, input.text("rate_tensor"));
  if (!told.empty()) {
    HONE_TRY(inputs[told], filled(dtype_of(model, told), {}, rate));
  }
  const Json* states = task.fields.find("state");
  if (states == nullptr || states->as_array() == nullptr) return inputs;
  for (const Json& item : *states->as_array()) {
    const Fields state = Fields::whole(item);
    HONE_TRY(const std::string name, state.text("input"));
    HONE_TRY(const std::vector<int> shape, state.integers("shape", 1, kMostElements));
    const std::vector<int64_t> sizes(shape.begin(), shape.end());
    if (sizes.size() > kMaxRank) return state.wrong("shape", "shorter");
    HONE_TRY(inputs[name], filled(dtype_of(model, name), Dims(sizes), 0));
  }
  return inputs;
}

Expected<Inputs> text_inputs(const LoadedProgram& model, const Task& task, uint64_t seed) {
  Inputs inputs;
  HONE_TRY(const TextInput input, text_input(task));
  const auto tokens = static_cast<int64_t>(std::min<size_t>(input.max_tokens, kTextTokens));
  for (size_t i = 0; i < model.inputs.size(); ++i) {
    const ProgramValue& value = model.inputs[i];
    if (!is_open(value)) continue;
    const DType dtype = value.type.tensor.dtype;
    if (value.name == input.ids) {
      const IntegerRange range = range_of_input(*model.session, i);
      HONE_TRY(inputs[value.name], random_tensor(dtype, {1, tokens}, range, seed));
    } else if (value.name == input.mask || value.name == input.types) {
      HONE_TRY(inputs[value.name], filled(dtype, {1, tokens}, value.name == input.mask ? 1 : 0));
    }
  }
  return inputs;
}

Expected<Inputs> picture_inputs(const LoadedProgram& model, const Task& task, uint64_t seed) {
  Inputs inputs;
  if (model.inputs.size() != 1 || !is_open(model.inputs[0])) return inputs;
  const bool sized = task.picture.width > 0 && task.picture.height > 0;
  Image image(sized ? task.picture.width : kPictureWidth,
              sized ? task.picture.height : kPictureHeight);
  std::mt19937_64 random(seed);
  for (uint8_t& byte : image.rgb) byte = static_cast<uint8_t>(random());
  if (task.picture.fit == PictureInput::Fit::line) {
    HONE_TRY(inputs[model.inputs[0].name], picture_batch(std::span(&image, 1), task.picture));
    return inputs;
  }
  // A model that takes no picture after all gets numbers of its own kind.
  auto picture = picture_tensor(image, task.picture, model.inputs[0].type);
  if (picture) inputs[model.inputs[0].name] = std::move(picture->tensor);
  return inputs;
}

}  // namespace

Expected<Inputs> typical_inputs(const LoadedProgram& model, const Task& task, uint64_t seed) {
  if (task.kind == "vad") return sound_inputs(model, task, seed);
  if (task.kind == "embed" || task.kind == "text-classify") return text_inputs(model, task, seed);
  if (task.kind == "features" || task.kind == "keyword") {
    HONE_TRY(const Fields input, Fields::of(task.fields, "input"));
    const bool takes_samples = input.has("sample_rate") && !input.has("features");
    return takes_samples ? sound_inputs(model, task, seed) : Inputs();
  }
  if (task.kind.empty()) return Inputs();
  return picture_inputs(model, task, seed);
}

Expected<std::vector<RunValue>> usual_inputs(const LoadedProgram& model, const ModelFiles& files,
                                             std::span<const std::string> inputs) {
  RandomInputs rest{.random = true};
  HONE_TRY(const Task task, find_task(files, {.task = {}, .labels = {}, .threshold = {}}, model));
  HONE_TRY(rest.typical, typical_inputs(model, task, rest.seed));
  return read_inputs(model, inputs, rest);
}

}  // namespace hone::cli
