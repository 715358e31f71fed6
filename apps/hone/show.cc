#include <filesystem>
#include <system_error>

#include "base/json.h"
#include "commands.h"
#include "frontend/gguf/reader.h"
#include "model_access.h"
#include "model_summary.h"
#include "open/language_model_file.h"
#include "show_backends.h"
#include "show_engine.h"
#include "show_files.h"
#include "show_kernels.h"
#include "show_memory.h"
#include "show_program.h"
#include "table.h"

namespace hone::cli {
namespace {

constexpr uint64_t kDefaultContext = 4096;

struct ShowOptions {
  std::string model;
  std::optional<uint64_t> context;
  bool tensors = false;
  bool chat_template = false;
  bool plan = false;
  bool memory = false;
  std::string out;
  std::vector<std::string> inputs;
  bool kernels = false;
  bool json = false;

  template <class V>
  void visit(V& v) {
    v("-m,--model,model", model, "a model file, or an installed model's name").as("MODEL");
    v("-c,--ctx-size", context, "tokens of context to tell the memory for")
        .between(1, 1e9)
        .when_unset("what the model was trained for, at most 4096");
    v("--tensors", tensors, "list every tensor");
    v("--template", chat_template, "print the chat template and nothing else");
    v("--plan", plan, "of a model that takes tensors: the steps it becomes, and nothing else");
    v("--memory", memory,
      "run the model once and draw the memory that it takes, and what lies where");
    v("-o,--out", out, "with --memory: a picture of it, .svg or .html").as("FILE");
    v("--input", inputs, "with --memory, of models that take tensors: NAME=1x3x640x640")
        .as("NAME=SIZES")
        .not_empty();
    v("--kernels", kernels,
      "of a model that takes tensors: by which kernel each step runs here, and why");
    v("--json", json, "print one JSON object");
  }
};

struct Shown {
  const GgufFile& file;
  const ModelSummary& summary;
  const std::optional<MemoryNeed>& memory;
  std::string license;
};

// "134.5M": as model names count parameters.
std::string count_text(uint64_t count) {
  std::string text = human_bytes(count);  // "134 MB": the same steps of 1000
  text.pop_back();
  if (text.ends_with('G')) text.back() = 'B';
  std::erase(text, ' ');
  return text;
}

std::string or_question(const std::optional<uint64_t>& value) { return value ? cat(*value) : "?"; }

std::string kv_heads_text(const ModelSummary& summary) {
  if (summary.kv_heads.size() == 1) return cat(summary.kv_heads[0]);
  return summary.kv_heads.empty() ? "?" : "varying numbers";
}

std::string template_text(const ModelSummary& summary) {
  if (summary.chat_template.empty()) return "none: it completes text, it does not chat";
  return cat("yes, ", summary.chat_template.size(), " bytes (--template prints it)");
}

std::string overview_table(const Shown& shown, const Console& console) {
  const ModelSummary& summary = shown.summary;
  const GgufFile& file = shown.file;
  Table table({{}, {}}, "  ");
  const auto line = [&table](std::string_view name, std::string text) {
    table.row({std::string(name), std::move(text)});
  };
  line("file", cat(printable(file.name(), 1000), " (", human_bytes(file.file_bytes()),
                   ", GGUF version ", file.version(),
                   file.file_count() > 1 ? cat(", ", file.file_count(), " files") : "", ")"));
  line("architecture", summary.architecture.empty() ? "?" : printable(summary.architecture));
  line("parameters",
       cat(count_text(summary.parameters), " in ", file.tensors().size(), " tensors"));
  line("layers", or_question(summary.layers));
  line("embedding",
       cat(or_question(summary.embedding), ", feed-forward ", or_question(summary.feed_forward)));
  line("heads", cat(or_question(summary.heads), " of ", or_question(summary.key_length), ", ",
                    kv_heads_text(summary), " for keys and values"));
  line("context", cat(or_question(summary.context), " tokens in training"));
  line("tokenizer", summary.tokenizer.empty() ? "none"
                                              : cat(printable(summary.tokenizer),
                                                    summary.pre_tokenizer.empty() ? "" : ", ",
                                                    printable(summary.pre_tokenizer), ", ",
                                                    or_question(summary.vocabulary), " tokens"));
  line("chat template", template_text(summary));
  line("license", shown.license.empty() ? "not stated in the file" : printable(shown.license));
  return table.text_for(console);
}

std::string dtype_table(const ModelSummary& summary, const Console& console) {
  Table table({{"TYPE"},
               {"TENSORS", Align::right},
               {"PARAMETERS", Align::right},
               {"SIZE", Align::right},
               {"SHARE", Align::right}},
              "  ");
  for (const DTypeShare& share : summary.dtypes) {
    const double percent =
        summary.tensor_bytes == 0
            ? 0
            : 100.0 * static_cast<double>(share.bytes) / static_cast<double>(summary.tensor_bytes);
    table.row({std::string(name_of(share.dtype)), cat(share.tensors), count_text(share.parameters),
               human_bytes(share.bytes), cat(static_cast<int>(percent + 0.5), " %")});
  }
  return table.text_for(console);
}

std::string memory_table(const MemoryNeed& need, const Console& console) {
  Table table({{}, {{}, Align::right}, {}}, "  ");
  table.row({"weights", human_bytes(need.weights), "mapped from the file"});
  table.row({"KV cache", human_bytes(need.kv_cache), "f16"});
  table.row({"working memory", human_bytes(need.working), "about"});
  table.row({"together", human_bytes(need.total)});
  return table.text_for(console);
}

std::string shape_text(const GgufTensor& tensor) {
  std::string text;
  for (const int64_t size : tensor.shape()) text += cat(text.empty() ? "" : " x ", size);
  return text;
}

std::string tensor_table(const GgufFile& file, const Console& console) {
  Table table({{"TENSOR"}, {"TYPE"}, {"SHAPE", Align::right}, {"SIZE", Align::right}}, "  ");
  for (const GgufTensor& tensor : file.tensors()) {
    table.row({printable(tensor.name), std::string(name_of(tensor.dtype)), shape_text(tensor),
               human_bytes(tensor.data.size())});
  }
  return table.text_for(console);
}

std::string metadata_table(const GgufFile& file, const Console& console) {
  constexpr size_t kValueBytes = 60;
  Table table({{}, {}}, "  ");
  for (const GgufValue& value : file.metadata()) {
    table.row({printable(value.key), printable(value.text(), kValueBytes)});
  }
  return table.text_for(console);
}

std::string text_of(const Shown& shown, const ShowOptions& options, const Console& console) {
  const auto title = [&console](std::string_view text) {
    return cat(console.out_style(Style::bold, text), "\n");
  };
  const std::string_view name = shown.summary.name;
  std::string text = title(name.empty() ? "A model without a name" : printable(name));
  text += overview_table(shown, console);
  if (!shown.summary.dtypes.empty())
    text += "\n" + title("Tensors") + dtype_table(shown.summary, console);
  if (options.tensors) text += "\n" + tensor_table(shown.file, console);
  if (shown.memory) {
    text += cat("\n", title(cat("Memory for ", shown.memory->context, " tokens of context")),
                memory_table(*shown.memory, console));
  }
  return text + "\n" + title("Metadata") + metadata_table(shown.file, console);
}

void set_if(Json& json, std::string_view name, const std::optional<uint64_t>& value) {
  if (value) json.set(name, *value);
}

Json tensor_json(const GgufTensor& tensor) {
  Json json = Json::object();
  json.set("name", tensor.name);
  json.set("dtype", name_of(tensor.dtype));
  Json& shape = json.set("shape", Json::array());
  for (const int64_t size : tensor.shape()) shape.push(size);
  json.set("size_bytes", tensor.data.size());
  return json;
}

Json metadata_value_json(const GgufValue& value) {
  if (value.form == GgufValue::Form::array) return Json(value.text());
  if (const auto text = value.as_string()) return Json(*text);
  if (const auto truth = value.as_bool()) return Json(*truth);
  if (const auto integer = value.as_i64()) return Json(*integer);
  if (const auto number = value.as_f32()) return Json(static_cast<double>(*number));
  return Json(value.text());
}

Json memory_json(const MemoryNeed& need) {
  Json json = Json::object();
  json.set("context", need.context);
  json.set("weights_bytes", need.weights);
  json.set("kv_cache_bytes", need.kv_cache);
  json.set("working_bytes", need.working);
  json.set("total_bytes", need.total);
  return json;
}

void set_sizes(Json& json, const ModelSummary& summary) {
  json.set("parameters", summary.parameters);
  set_if(json, "layers", summary.layers);
  set_if(json, "embedding", summary.embedding);
  set_if(json, "feed_forward", summary.feed_forward);
  set_if(json, "heads", summary.heads);
  Json& kv_heads = json.set("kv_heads", Json::array());
  for (const int64_t heads : summary.kv_heads) kv_heads.push(heads);
  set_if(json, "key_length", summary.key_length);
  set_if(json, "value_length", summary.value_length);
  set_if(json, "context", summary.context);
  set_if(json, "vocabulary", summary.vocabulary);
}

Json json_of(const Shown& shown, const ShowOptions& options) {
  const ModelSummary& summary = shown.summary;
  Json json = Json::object();
  json.set("file", shown.file.name());
  json.set("size_bytes", shown.file.file_bytes());
  json.set("format", cat("gguf v", shown.file.version()));
  json.set("architecture", summary.architecture);
  json.set("name", summary.name);
  json.set("license", shown.license);
  set_sizes(json, summary);
  json.set("tokenizer", summary.tokenizer);
  json.set("pre_tokenizer", summary.pre_tokenizer);
  json.set("chat_template", summary.chat_template);
  Json dtypes = Json::array();
  for (const DTypeShare& share : summary.dtypes) {
    Json item = Json::object();
    item.set("dtype", name_of(share.dtype));
    item.set("tensors", share.tensors);
    item.set("parameters", share.parameters);
    item.set("size_bytes", share.bytes);
    dtypes.push(std::move(item));
  }
  json.set("tensors_by_type", std::move(dtypes));
  if (shown.memory) json.set("memory", memory_json(*shown.memory));
  Json metadata = Json::object();
  Json::Object& members = *metadata.as_object();  // keys are unique: no search for each
  for (const GgufValue& value : shown.file.metadata()) {
    members.push_back({std::string(value.key), metadata_value_json(value)});
  }
  json.set("metadata", std::move(metadata));
  if (options.tensors) {
    Json tensors = Json::array();
    for (const GgufTensor& tensor : shown.file.tensors()) tensors.push(tensor_json(tensor));
    json.set("tensors", std::move(tensors));
  }
  return json;
}

// To a terminal without what it would act on; elsewhere byte for byte.
std::string safe_template(std::string_view text, const Console& console) {
  if (!console.out_is_terminal()) return std::string(text);
  std::string out;
  for (const std::string_view line : split(text, '\n')) out += printable(line, line.size()) + "\n";
  return out;
}

Status print_template(std::string_view chat_template, Console& console) {
  if (chat_template.empty()) {
    return fail(Code::not_found, "the model has no chat template; it completes text");
  }
  return console.print(safe_template(chat_template, console));
}

uint64_t context_to_show(const ShowOptions& options, const ModelSummary& summary) {
  return options.context.value_or(
      std::min(summary.context.value_or(kDefaultContext), kDefaultContext));
}

// What the catalogue says of a model.
struct Known {
  std::string title;
  std::string license;
};

Expected<int> show_model(const ModelFiles& files, const Known& known, const ShowOptions& options,
                         Context& context) {
  const std::string& path = files.path;
  if (options.memory) {
    return show_memory({.files = files,
                        .context = options.context,
                        .inputs = options.inputs,
                        .out = options.out,
                        .json = options.json},
                       context);
  }
  if (!files.backends.empty()) return show_backends(files, options.json, context);
  if (options.kernels && takes_tensors(files)) return show_kernels(files, options.json, context);
  if (options.kernels) {
    return fail(Code::unsupported, path, ": is a language model; --kernels is for others so far");
  }
  if (files.format == FileFormat::hone && options.chat_template) {
    HONE_TRY(const LanguageModelFile file, LanguageModelFile::open(files));
    HONE_TRY(const TokenizerData tokenizer, file.tokenizer());
    HONE_RETURN_IF_ERROR(print_template(tokenizer.chat_template, context.console));
    return 0;
  }
  if (files.format == FileFormat::hone) {
    return show_engine(
        {.files = files, .tensors = options.tensors, .plan = options.plan, .json = options.json},
        context);
  }
  if (takes_tensors(files)) {
    return show_program({.files = files,
                         .title = known.title,
                         .tensors = options.tensors,
                         .plan = options.plan,
                         .json = options.json},
                        context);
  }
  HONE_TRY(const GgufFile file, GgufFile::open(path));
  const ModelSummary summary = summarize(file);
  if (options.chat_template) {
    HONE_RETURN_IF_ERROR(print_template(summary.chat_template, context.console));
    return 0;
  }
  const auto memory = memory_need(summary, context_to_show(options, summary));
  const Shown shown{file, summary, memory,
                    known.license.empty() ? std::string(summary.license) : known.license};
  HONE_RETURN_IF_ERROR(context.console.print(options.json
                                                 ? json_of(shown, options).write(kJsonPretty) + "\n"
                                                 : text_of(shown, options, context.console)));
  return 0;
}

Expected<int> run(const ShowOptions& options, Context& context) {
  if (!options.memory && (!options.out.empty() || !options.inputs.empty())) {
    return fail(Code::invalid_argument, options.out.empty() ? "--input" : "--out",
                " goes with --memory only");
  }
  // A plain file needs no library, and so no home.
  if (std::error_code error; std::filesystem::is_regular_file(options.model, error)) {
    HONE_TRY(const ModelFiles files, model_files(options.model, Network::forbidden, context));
    return show_model(files, {}, options, context);
  }
  HONE_TRY(const ModelLibrary library, open_model_library(context.environment));
  HONE_TRY(const ResolvedModel model,
           resolve_model(options.model, library.catalogue, library.store));
  if (model.path.empty() && model.entry == nullptr) {
    return fail(Code::invalid_argument, "the catalogue names no default model; name one");
  }
  HONE_TRY(auto files, files_of(model, library.catalogue, library.store));
  if (!files) {
    return fail(Code::not_found, "the model '", model.entry->name,
                "' is not on this machine, or not all of it; 'hone pull ", model.entry->name,
                "' fetches it");
  }
  HONE_RETURN_IF_ERROR(add_backends(*files, context));
  if (!files->parts.empty()) {
    return show_files({.files = *files, .entry = *model.entry, .json = options.json}, context);
  }
  if (!context.no_cache) files->cache_folder = context.environment.cache_dir;
  // What the catalogue says is what was shown at the pull.
  Known known;
  if (model.installed) known.license = model.installed->license.name;
  if (model.entry != nullptr) known.title = model.entry->title;
  return show_model(*files, known, options, context);
}

}  // namespace

Command show_command() {
  return make_command<ShowOptions>(
      {.name = "show",
       .summary = "tell what is in a model file, and the memory it needs",
       .words = "[MODEL]",
       .description =
           "Tells a model's architecture, tensors by type, sizes, license, chat template "
           "and metadata, and the memory that a run with a given context needs. Without "
           "MODEL: the default model.",
       .examples = {{"hone show smollm2-135m", "an installed model"},
                    {"hone show model.gguf -c 8192", "memory needed for 8192 tokens of context"},
                    {"hone show yolo.onnx --memory -o memory.html",
                     "a picture of what lies where while it runs"},
                    {"hone show model.gguf --template", "the chat template alone"},
                    {"hone show model.onnx --backend npu,cpu", "which step would run where"}},
       .opens_models = true,
       .takes_backends = true},
      run);
}

}  // namespace hone::cli
