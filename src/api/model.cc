#include "api/handles.h"

namespace hone::api {
namespace {

constexpr size_t kFirstModelOptions = offsetof(hone_model_options, cache_dir) + sizeof(char*);
constexpr size_t kFirstPort = offsetof(hone_port, zero) + sizeof(double);
constexpr size_t kMaxKeys = 1000;
constexpr int32_t kMaxSequences = 4096;
constexpr int64_t kMaxContext = int64_t{1} << 27;
constexpr int32_t kMaxThreads = 1024;

std::string text_or_empty(const char* text) { return text == nullptr ? "" : text; }

template <class Number>
Status check_range(std::string_view name, Number value, Number least, Number most) {
  if (value >= least && value <= most) return {};
  return fail(Code::invalid_argument, "'", name, "' is ", value, "; it must be from ", least,
              " to ", most);
}

Expected<OpenSettings> settings_of(const hone_model_options* given) {
  hone_model_options defaults = {};
  hone_model_options_init(&defaults, sizeof defaults);
  HONE_TRY(const hone_model_options options, read_struct(given, defaults, kFirstModelOptions));
  HONE_RETURN_IF_ERROR(check_range("threads", options.threads, 0, kMaxThreads));
  HONE_RETURN_IF_ERROR(check_range("max_sequences", options.max_sequences, 1, kMaxSequences));
  HONE_RETURN_IF_ERROR(check_range<int64_t>("context", options.context, 0, kMaxContext));
  HONE_RETURN_IF_ERROR(check_range<size_t>("trust_count", options.trust_count, 0, kMaxKeys));
  OpenSettings settings{.threads = options.threads,
                        .context = options.context,
                        .sequences = options.max_sequences,
                        .prompt_format = text_or_empty(options.prompt_format),
                        .require_signature = options.require_signature != 0,
                        .cache_dir = text_or_empty(options.cache_dir)};
  if (options.trust_count > 0 && options.trust == nullptr) return null_argument("trust");
  for (size_t i = 0; i < options.trust_count; ++i) {
    if (options.trust[i] == nullptr) return null_argument("trust[i]");
    settings.trust.emplace_back(options.trust[i]);
  }
  return settings;
}

void describe_shape(const Shape& shape, std::span<const Symbol> symbols, Port& port) {
  port.known_rank = shape.size() <= HONE_MAX_RANK;
  if (!port.known_rank) return;
  for (const Dim& dim : shape) {
    const auto symbol = static_cast<size_t>(dim.symbol_index());
    const bool named = dim.is_symbol() && !dim.is_unknown() && symbol < symbols.size();
    port.shape.push_back(dim.is_symbol() ? -1 : dim.value());
    port.symbols.push_back(named ? symbols[symbol].name : "");
  }
}

Port describe(const std::string& name, const Type& type, std::span<const Symbol> symbols) {
  Port port{.name = name};
  if (!type.is_tensor()) return port;
  port.dtype = to_dtype(type.tensor.dtype);
  describe_shape(type.tensor.shape, symbols, port);
  if (port.dtype == HONE_DTYPE_OTHER || !port.known_rank || !is_static(type.tensor.shape)) {
    return port;
  }
  const auto bytes = checked_bytes(type.tensor.dtype, Dims(port.shape));
  port.size_bytes = bytes ? static_cast<uint64_t>(*bytes) : 0;
  return port;
}

void describe_ports(SharedModel& model) {
  const Program& program = model.open.program->program();
  const auto value = [&](int32_t index) -> const ProgramValue& {
    return program.values[static_cast<size_t>(index)];
  };
  for (const int32_t input : program.inputs) {
    model.inputs.push_back(describe(value(input).name, value(input).type, program.symbols));
  }
  for (size_t i = 0; i < program.outputs.size() && i < model.open.outputs.size(); ++i) {
    Port port = describe(model.open.outputs[i], value(program.outputs[i]).type, program.symbols);
    if (i < model.open.codes.size()) port.codes = model.open.codes[i];
    model.outputs.push_back(std::move(port));
  }
}

hone_port to_struct(const Port& port) {
  hone_port made = {};
  made.name = port.name.c_str();
  made.dtype = port.dtype;
  made.rank = port.known_rank ? static_cast<int32_t>(port.shape.size()) : -1;
  for (size_t i = 0; i < port.shape.size(); ++i) {
    made.shape[i] = port.shape[i];
    made.symbol[i] = port.symbols[i].empty() ? nullptr : port.symbols[i].c_str();
  }
  made.size_bytes = port.size_bytes;
  made.scale = port.codes ? port.codes->scale : 0;
  made.zero = port.codes ? port.codes->zero : 0;
  return made;
}

hone_error* get_port(const std::vector<Port>* ports, size_t index, hone_port* target) {
  return guarded([&]() -> Status {
    if (ports == nullptr) return null_argument("model");
    if (target == nullptr) return null_argument("port");
    if (index >= ports->size()) {
      return fail(Code::invalid_argument, "there is no port ", index, "; the model has ",
                  ports->size());
    }
    return write_struct(to_struct((*ports)[index]), target, kFirstPort);
  });
}

}  // namespace

Expected<Turn> Turn::wait(SharedModel& model) {
  if (model.runner.load() == std::this_thread::get_id()) {
    return fail(Code::conflict,
                "a callback asked its own model to compute; do that when the call has returned");
  }
  return Turn(model);
}

Turn Turn::join(SharedModel& model) {
  if (model.runner.load() == std::this_thread::get_id()) return Turn(model, std::defer_lock);
  return Turn(model);
}

}  // namespace hone::api

using namespace hone::api;

void hone_model_options_init(hone_model_options* options, size_t struct_size) {
  if (options == nullptr) return;
  hone_model_options defaults = {};
  defaults.struct_size = struct_size;
  defaults.max_sequences = 1;
  std::memset(options, 0, struct_size);
  std::memcpy(options, &defaults, std::min(struct_size, sizeof defaults));
}

hone_error* hone_model_open(const char* path, const hone_model_options* options,
                            hone_model** model) {
  return guarded([&]() -> hone::Status {
    if (path == nullptr) return null_argument("path");
    if (model == nullptr) return null_argument("model");
    HONE_TRY(const OpenSettings settings, settings_of(options));
    auto shared = std::make_shared<SharedModel>();
    HONE_TRY(shared->open, open_model(path, settings));
    if (shared->open.program != nullptr) describe_ports(*shared);
    *model = new hone_model{std::move(shared)};
    return {};
  });
}

void hone_model_free(hone_model* model) { delete model; }

hone_kind hone_model_kind(const hone_model* model) {
  if (model == nullptr) return HONE_KIND_NONE;
  return model->shared->open.program != nullptr ? HONE_KIND_TENSORS : HONE_KIND_LANGUAGE;
}

size_t hone_model_metadata_count(const hone_model* model) {
  return model == nullptr ? 0 : model->shared->open.metadata.size();
}

const char* hone_model_metadata_key(const hone_model* model, size_t index) {
  if (index >= hone_model_metadata_count(model)) return nullptr;
  return model->shared->open.metadata[index].first.c_str();
}

const char* hone_model_metadata_value(const hone_model* model, size_t index) {
  if (index >= hone_model_metadata_count(model)) return nullptr;
  return model->shared->open.metadata[index].second.c_str();
}

size_t hone_model_label_count(const hone_model* model) {
  return model == nullptr ? 0 : model->shared->open.labels.size();
}

const char* hone_model_label(const hone_model* model, size_t index) {
  if (index >= hone_model_label_count(model)) return nullptr;
  return model->shared->open.labels[index].c_str();
}

size_t hone_model_input_count(const hone_model* model) {
  return model == nullptr ? 0 : model->shared->inputs.size();
}

size_t hone_model_output_count(const hone_model* model) {
  return model == nullptr ? 0 : model->shared->outputs.size();
}

hone_error* hone_model_input(const hone_model* model, size_t index, hone_port* port) {
  return get_port(model == nullptr ? nullptr : &model->shared->inputs, index, port);
}

hone_error* hone_model_output(const hone_model* model, size_t index, hone_port* port) {
  return get_port(model == nullptr ? nullptr : &model->shared->outputs, index, port);
}
