#include <algorithm>
#include <charconv>

#include "backend/cpu/target.h"
#include "commands.h"
#include "diff_models.h"
#include "model_access.h"
#include "status_line.h"
#include "table.h"
#include "task_files.h"
#include "tasks/picture_input.h"
#include "tensor_files.h"
#include "typical_inputs.h"

namespace hone::cli {
namespace {

struct DiffOptions {
  std::string a, b;
  std::vector<std::string> inputs;
  std::string image;
  std::string task;
  uint64_t seed = 0;
  std::optional<double> limit;
  double jump = 5;
  int threads = 0;
  bool offline = false;
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("a", a, "the model to hold against, a file or a name").as("A").require().not_empty();
    v("b", b, "the model to judge").as("B").when_unset("A as it was imported, on plain kernels");
    v("--input", inputs,
      "a tensor for an input of A: NAME=FILE.npy, or NAME=1x3x8x8 for random numbers")
        .as("NAME=FILE")
        .not_empty();
    v("--image", image, "a picture, made each model's input as its task says").as("FILE");
    v("--task", task, "what A's picture is made into, a JSON file; see docs/tasks.md").as("FILE");
    v("--seed", seed, "of the random numbers for inputs that nothing gives");
    v("--limit", limit, "a layer's error relative to its length that is more than noise")
        .between(0, 1e9)
        .when_unset("0.05; of one model 0.0001");
    v("--jump", jump, "so many times its sources' error is a jump").between(1, 1e9);
    v("-t,--threads", threads, "threads to run on")
        .between(0, 1024)
        .when_unset("as many as there are processors");
    v("--offline", offline, "pull nothing");
    v("--json", json, "as one JSON object");
  }
};

Expected<ModelFiles> files_of_word(const std::string& word, const DiffOptions& options,
                                   Context& context) {
  HONE_TRY(ModelFiles files,
           model_files(word, options.offline ? Network::forbidden : Network::allowed, context));
  if (files.path.empty()) {
    return fail(Code::invalid_argument, "'", printable(word),
                "' is a bundle; name one of its parts");
  }
  if (files.format == FileFormat::hone) {
    return fail(Code::unsupported, printable(files.path, 1000),
                ": an engine holds no graph to compare; give the model that it was made of, or see "
                "'hone verify --golden' for an engine's outputs");
  }
  if (takes_tensors(files)) return files;
  return fail(Code::unsupported, printable(files.path, 1000),
              ": hone diff compares models that take tensors, not language models");
}

bool takes_codes(const LoadedProgram& model) {
  return std::ranges::any_of(model.inputs, [](const ProgramValue& input) {
    const DType dtype = input.type.tensor.dtype;
    return input.type.is_tensor() && (dtype == DType::u8 || dtype == DType::i8);
  });
}

Expected<std::vector<RunValue>> picture_inputs(const LoadedProgram& model, const ModelFiles& files,
                                               const std::string& task_file, const Image& image) {
  HONE_TRY(const Task task,
           find_task(files, {.task = task_file, .labels = {}, .threshold = {}}, model));
  if (model.inputs.size() != 1) {
    return fail(Code::invalid_argument, "the model takes ", model.inputs.size(),
                " inputs, not one picture");
  }
  HONE_TRY(PictureTensor picture, picture_tensor(image, task.picture, model.inputs[0].type));
  return std::vector<RunValue>{RunValue(std::move(picture.tensor))};
}

struct Compared {
  ModelFiles files_a, files_b;
  std::optional<DiffSide> a, b;
  bool one_model = false;
};

Expected<DiffInputs> picture_inputs_of(const Compared& two, const DiffOptions& options) {
  const ProgramSettings settings{.threads = options.threads};
  HONE_TRY(const Image image, read_image(options.image));
  HONE_TRY(const LoadedProgram model_a, load_program(two.files_a, settings));
  DiffInputs inputs;
  HONE_TRY_CONTEXT(inputs.a, picture_inputs(model_a, two.files_a, options.task, image),
                   two.files_a.path);
  // Without a task of its own B takes what A takes.
  if (two.one_model || two.files_b.task.is_null()) {
    HONE_TRY(inputs.b, inputs_for(two.b->imported, two.a->imported, inputs.a));
    return inputs;
  }
  HONE_TRY(const LoadedProgram model_b, load_program(two.files_b, settings));
  HONE_TRY_CONTEXT(inputs.b, picture_inputs(model_b, two.files_b, "", image), two.files_b.path);
  return inputs;
}

Expected<RandomInputs> random_inputs(const LoadedProgram& model, const ModelFiles& files,
                                     const DiffOptions& options) {
  RandomInputs made{.random = true, .seed = options.seed};
  HONE_TRY(const Task task, find_task(files, {.task = {}, .labels = {}, .threshold = {}}, model));
  HONE_TRY(made.typical, typical_inputs(model, task, options.seed));
  return made;
}

Expected<DiffInputs> tensor_inputs_of(const Compared& two, const DiffOptions& options) {
  const ProgramSettings settings{.threads = options.threads};
  const ImportedProgram &a = two.a->imported, &b = two.b->imported;
  HONE_TRY(const LoadedProgram model_a, load_program(two.files_a, settings));
  HONE_TRY(const RandomInputs rest, random_inputs(model_a, two.files_a, options));
  DiffInputs inputs;
  if (options.inputs.empty() && !two.one_model && !takes_codes(model_a)) {
    HONE_TRY(const LoadedProgram model_b, load_program(two.files_b, settings));
    if (takes_codes(model_b)) {
      // Random codes are numbers that A can be given, not the other way round.
      HONE_TRY(const RandomInputs rest_b, random_inputs(model_b, two.files_b, options));
      HONE_TRY(inputs.b, read_inputs(model_b, {}, rest_b));
      HONE_TRY(inputs.a, inputs_for(a, b, inputs.b));
      return inputs;
    }
  }
  HONE_TRY(inputs.a, read_inputs(model_a, options.inputs, rest));
  HONE_TRY(inputs.b, inputs_for(b, a, inputs.a));
  return inputs;
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string text;
  for (const int64_t size : shape) text += cat(text.empty() ? "" : "x", size);
  return text.empty() ? "1" : text;
}

// With three digits that count.
std::string short_number(double value) {
  char digits[32];
  const auto end =
      std::to_chars(digits, digits + sizeof digits, value, std::chars_format::general, 3).ptr;
  return {digits, end};
}

// TFLite converters join the names of all they fused; the last is the operator's own.
std::string shown_name(std::string_view name) {
  return printable(name.substr(name.rfind(';') + 1));
}

std::string mark_of(const DiffReport& report, size_t i, const Console& console) {
  const LayerError& layer = report.layers[i];
  if (report.first_jump == i) return console.out_style(Style::red, "<- first jump");
  if (layer.jumps) return console.out_style(Style::yellow, "<- jump");
  if (report.first_above == i) return console.out_style(Style::yellow, "<- first above the limit");
  return layer.is_output ? "output" : "";
}

std::string summary_text(const DiffReport& report, const DiffLimits& limits) {
  std::string text = cat(report.layers.size(), " layers compared, of ", report.layers_a, " and ",
                         report.layers_b, ".\n");
  const auto told = [&](size_t i) {
    const LayerError& layer = report.layers[i];
    return cat("'", shown_name(layer.name), "' (", layer.op, "): cosine ",
               fixed(layer.error.cosine, 6), ", relative error ",
               short_number(layer.error.relative), "\n");
  };
  if (report.layers.empty()) return text + "No layer of one is a layer of the other.\n";
  if (!report.strangers.empty()) {
    text += cat("These are hardly the same network: ", report.strangers, ".\n");
  }
  if (report.first_jump) {
    text += cat("The error first jumps at ", told(*report.first_jump));
  } else if (report.first_above) {
    text += cat("No layer is much worse than what it is made of; the error grows above ",
                short_number(limits.relative), " at ", told(*report.first_above));
  } else {
    text += cat("No layer's relative error is above ", short_number(limits.relative), ".\n");
  }
  return text;
}

std::string report_text(const DiffReport& report, const DiffLimits& limits,
                        const Console& console) {
  Table table({{"LAYER"},
               {"OP"},
               {"SHAPE", Align::right},
               {"COSINE", Align::right},
               {"MAX ERROR", Align::right},
               {"OF RANGE", Align::right},
               {""}});
  for (size_t i = 0; i < report.layers.size(); ++i) {
    const LayerError& layer = report.layers[i];
    const TensorError& error = layer.error;
    table.row(
        {shown_name(layer.name), layer.op, shape_text(layer.shape), fixed(error.cosine, 6),
         error.not_finite > 0 ? cat(error.not_finite, " not finite") : short_number(error.max_abs),
         cat(short_number(100 * error.of_range()), " %"), mark_of(report, i, console)});
  }
  return cat(report.layers.empty() ? "" : table.text_for(console), summary_text(report, limits));
}

Json layer_json(const LayerError& layer) {
  Json json = Json::object();
  json.set("name", layer.name);
  if (!layer.name_b.empty()) json.set("name_b", layer.name_b);
  json.set("op", layer.op);
  Json shape = Json::array();
  for (const int64_t size : layer.shape) shape.push(size);
  json.set("shape", std::move(shape));
  json.set("cosine", layer.error.cosine);
  json.set("max_error", layer.error.max_abs);
  json.set("of_range", layer.error.of_range());
  json.set("relative", layer.error.relative);
  if (layer.error.not_finite > 0) json.set("not_finite", layer.error.not_finite);
  if (layer.is_output) json.set("output", true);
  if (layer.jumps) json.set("jumps", true);
  return json;
}

std::string report_json(const DiffReport& report) {
  Json layers = Json::array();
  for (const LayerError& layer : report.layers) layers.push(layer_json(layer));
  Json json = Json::object();
  json.set("layers_a", report.layers_a);
  json.set("layers_b", report.layers_b);
  json.set("layers", std::move(layers));
  const auto set = [&](std::string_view key, const std::optional<size_t>& at) {
    json.set(key, at ? Json(report.layers[*at].name) : Json());
  };
  set("first_jump", report.first_jump);
  set("first_above", report.first_above);
  if (!report.strangers.empty()) json.set("strangers", report.strangers);
  return json.write(kJsonPretty) + "\n";
}

Expected<Compared> open_both(const DiffOptions& options, Context& context) {
  const ProgramSettings settings{.threads = options.threads};
  Compared two;
  two.one_model = options.b.empty();
  HONE_TRY(two.files_a, files_of_word(options.a, options, context));
  if (two.one_model) {
    two.files_b = two.files_a;
    HONE_TRY(two.a, DiffSide::plain(two.files_a, options.threads));
    HONE_TRY(two.b, DiffSide::open(two.files_b, DiffSide::Layers::planned, settings));
    return two;
  }
  HONE_TRY(two.files_b, files_of_word(options.b, options, context));
  HONE_TRY(two.a, DiffSide::open(two.files_a, DiffSide::Layers::imported, settings));
  HONE_TRY(two.b, DiffSide::open(two.files_b, DiffSide::Layers::imported, settings));
  return two;
}

Expected<int> run_diff(const DiffOptions& options, Context& context) {
  HONE_TRY(const Compared two, open_both(options, context));
  HONE_TRY(const DiffInputs inputs, options.image.empty() ? tensor_inputs_of(two, options)
                                                          : picture_inputs_of(two, options));
  const DiffLimits limits{.relative = options.limit.value_or(two.one_model ? 1e-4 : 0.05),
                          .jump = options.jump};
  StatusLine line(context.console);
  HONE_TRY(DiffReport report,
           diff_models(*two.a, *two.b, inputs, limits, [&](size_t done, size_t all) -> Status {
             if (context.interrupt.requested()) return fail(Code::canceled, "interrupted");
             line.show(cat("layer ", done, " of ", all));
             return {};
           }));
  line.clear();
  if (two.one_model) report.strangers.clear();  // fusing leaves few layers as they were
  HONE_RETURN_IF_ERROR(context.console.print(
      options.json ? report_json(report) : report_text(report, limits, context.console)));
  return 0;
}

}  // namespace

Command diff_command() {
  return make_command<DiffOptions>(
      {.name = "diff",
       .summary = "compare two models layer by layer on the same input",
       .words = "A [B]",
       .description =
           "Runs both on the same input and tells for each layer they share how far B is from A: "
           "where a quantized model goes wrong, or a conversion. Layers are joined by the tensors' "
           "names, else in order by shape and op; codes are compared as the numbers they stand "
           "for, and channels-last tensors with channels-first ones. A layer's error jumps if it "
           "is above --limit and --jump times that of everything it is computed from. With A "
           "alone, what hone makes of it is held against the graph as the file has it, op by op "
           "on the plain kernels.",
       .examples = {{"hone diff model.onnx model-int8.onnx --image cat.jpg", "what INT8 costs"},
                    {"hone diff model.onnx model.tflite", "a model and its conversion"},
                    {"hone diff model.onnx", "hone's own optimizations"}},
       .opens_models = true},
      run_diff);
}

}  // namespace hone::cli
