// hone: runs machine learning models. A thin C++20 header over hone.h, whose comments are the
// contract: what is said there of errors, ownership and threads holds here.
//
//   auto model = hone::Model::open("squeezenet.onnx");
//   if (!model) return complain(model.error().message());
//   auto results = model->run({{hone::Tensor::of("data", {1, 3, 224, 224}, pixels)}});
//
// What can fail returns Result<T>, a T or an Error. Nothing throws but Result::value(), and what
// callbacks throw passes through. Objects move and own what they hold.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "hone/hone.h"

namespace hone {
inline namespace v0 {  // apart from what the library has inside

class Error {
 public:
  Error(hone_code code, std::string message) : code_(code), message_(std::move(message)) {}
  // Takes the handle, which is not null.
  static Error take(hone_error* error) {
    Error taken(hone_error_code(error), hone_error_message(error));
    hone_error_free(error);
    return taken;
  }

  hone_code code() const { return code_; }  // HONE_NOT_FOUND, ...
  const char* name() const { return hone_code_name(code_); }
  const std::string& message() const { return message_; }

 private:
  hone_code code_;
  std::string message_;
};

// What Result::value() throws.
class Exception : public std::runtime_error {
 public:
  explicit Exception(const Error& error)
      : std::runtime_error(error.message()), code_(error.code()) {}
  hone_code code() const { return code_; }

 private:
  hone_code code_;
};

// A T or an Error, as std::expected<T, Error> of C++23.
template <class T>
class [[nodiscard]] Result {
 public:
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

  Result()
    requires std::is_void_v<T>
  = default;
  Result(Value value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Throws Exception where there is an error.
  Value& value() & {
    check();
    return **this;
  }
  Value&& value() && {
    check();
    return std::move(**this);
  }
  // Only if has_value().
  Value& operator*() { return *std::get_if<0>(&state_); }
  const Value& operator*() const { return *std::get_if<0>(&state_); }
  Value* operator->() { return std::get_if<0>(&state_); }
  const Value* operator->() const { return std::get_if<0>(&state_); }
  // Only if not has_value().
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  void check() const {
    if (has_value()) return;
#if defined(__cpp_exceptions)
    throw Exception(error());
#else
    std::abort();
#endif
  }

  std::variant<Value, Error> state_;
};

template <class T>
inline constexpr hone_dtype dtype_of = HONE_DTYPE_OTHER;
template <>
inline constexpr hone_dtype dtype_of<float> = HONE_F32;
template <>
inline constexpr hone_dtype dtype_of<double> = HONE_F64;
template <>
inline constexpr hone_dtype dtype_of<int8_t> = HONE_I8;
template <>
inline constexpr hone_dtype dtype_of<uint8_t> = HONE_U8;
template <>
inline constexpr hone_dtype dtype_of<int16_t> = HONE_I16;
template <>
inline constexpr hone_dtype dtype_of<uint16_t> = HONE_U16;
template <>
inline constexpr hone_dtype dtype_of<int32_t> = HONE_I32;
template <>
inline constexpr hone_dtype dtype_of<uint32_t> = HONE_U32;
template <>
inline constexpr hone_dtype dtype_of<int64_t> = HONE_I64;
template <>
inline constexpr hone_dtype dtype_of<uint64_t> = HONE_U64;
template <>
inline constexpr hone_dtype dtype_of<bool> = HONE_BOOL;

// A view of elements; owns nothing.
struct Tensor : hone_tensor {
  Tensor() : hone_tensor{} {}
  explicit Tensor(const hone_tensor& tensor) : hone_tensor(tensor) {}

  // `name` must outlive the tensor; null: the input or output at this place. More than
  // HONE_MAX_RANK dimensions make a tensor that every run refuses.
  template <class T>
  static Tensor of(const char* name, std::span<const int64_t> shape, std::span<T> elements) {
    Tensor tensor;
    tensor.name = name;
    tensor.dtype = dtype_of<std::remove_const_t<T>>;
    tensor.rank = static_cast<int32_t>(shape.size());
    for (size_t i = 0; i < shape.size() && i < HONE_MAX_RANK; ++i) tensor.shape[i] = shape[i];
    tensor.data = const_cast<std::remove_const_t<T>*>(elements.data());
    tensor.size_bytes = elements.size_bytes();
    return tensor;
  }
  template <class Elements>
  static Tensor of(const char* name, std::initializer_list<int64_t> shape, Elements& elements) {
    return of(name, std::span(shape.begin(), shape.size()), std::span(elements));
  }

  std::span<const int64_t> dims() const { return {shape, static_cast<size_t>(rank)}; }
  // Empty where T is not the dtype.
  template <class T>
  std::span<const T> as() const {
    if (dtype != dtype_of<T>) return {};
    return {static_cast<const T*>(data), static_cast<size_t>(size_bytes) / sizeof(T)};
  }
};
static_assert(sizeof(Tensor) == sizeof(hone_tensor));

namespace detail {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* handle) const {
    free(handle);
  }
};

inline std::vector<hone_port> ports(const hone_model* model, size_t count,
                                    hone_error* (*get)(const hone_model*, size_t, hone_port*)) {
  std::vector<hone_port> all(count);
  for (size_t i = 0; i < count; ++i) {
    all[i].struct_size = sizeof(hone_port);
    hone_error_free(get(model, i, &all[i]));
  }
  return all;
}

inline std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> all;
  for (const std::string& text : texts) all.push_back(text.c_str());
  return all;
}

}  // namespace detail

struct ModelOptions {
  int32_t threads = 0;  // 0: as many as there are processors
  int32_t max_sequences = 1;
  int64_t context = 0;             // 0: the model's own
  std::string prompt_format = {};  // empty: the model's own
  std::vector<std::string> trust = {};
  bool require_signature = false;
  std::string cache_dir = {};
};

// What a run gave.
class Results {
 public:
  explicit Results(hone_results* handle) : handle_(handle) {}

  size_t size() const { return hone_results_count(handle_.get()); }
  Result<Tensor> get(size_t index) const {
    Tensor tensor;
    hone_error* error = hone_results_get(handle_.get(), index, &tensor);
    if (error != nullptr) return Error::take(error);
    return tensor;
  }
  Result<Tensor> get(std::string_view name) const {
    for (size_t i = 0; i < size(); ++i) {
      Result<Tensor> tensor = get(i);
      if (tensor && tensor->name == name) return tensor;
    }
    return Error(HONE_NOT_FOUND, "there is no result '" + std::string(name) + "'");
  }

 private:
  std::unique_ptr<hone_results, detail::Free<hone_results_free>> handle_;
};

struct GenerateOptions {
  int64_t max_tokens = -1;
  std::optional<uint64_t> seed = {};  // of 63 bits
  float temperature = 0.8f;
  int32_t top_k = 40;
  float top_p = 0.95f;
  float min_p = 0.05f;
  float typical_p = 1;
  float repeat_penalty = 1;
  int32_t repeat_last_n = 64;
  float frequency_penalty = 0;
  float presence_penalty = 0;
  bool ignore_end = false;
  bool logprobs = false;
  std::vector<std::string> stop = {};
};

struct Message {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

struct Piece {
  int32_t token;  // -1: none
  std::string_view text;
  float logprob;
};

// Answers, and remembers what it read last. Keeps what it needs of its model.
class Generator {
 public:
  explicit Generator(hone_generator* handle) : handle_(handle) {}

  // `on_piece(const Piece&)` gives nothing, or whether to go on.
  template <class F>
  Result<hone_answer> chat(std::span<const Message> messages, F&& on_piece,
                           const GenerateOptions& options = {}) {
    std::vector<hone_message> all;
    for (const Message& one : messages) all.push_back({one.role.c_str(), one.content.c_str()});
    return answer(on_piece, options, [&](auto... rest) {
      return hone_generator_chat(handle_.get(), all.data(), all.size(), rest...);
    });
  }
  template <class F>
  Result<hone_answer> complete(const std::string& prompt, F&& on_piece,
                               const GenerateOptions& options = {}) {
    return answer(on_piece, options, [&](auto... rest) {
      return hone_generator_complete(handle_.get(), prompt.c_str(), rest...);
    });
  }
  // From another thread.
  void stop() { hone_generator_stop(handle_.get()); }

 private:
  template <class F>
  struct Call {
    F& on_piece;
    std::exception_ptr thrown;
  };

  // The C callback: exceptions wait until the library has returned.
  template <class F>
  static int32_t on_piece(const hone_piece* piece, void* user) {
    auto& call = *static_cast<Call<F>*>(user);
    const Piece given{piece->token, {piece->text, piece->text_bytes}, piece->logprob};
#if defined(__cpp_exceptions)
    try {
#endif
      if constexpr (std::is_void_v<std::invoke_result_t<F&, const Piece&>>) {
        call.on_piece(given);
        return 0;
      } else {
        return call.on_piece(given) ? 0 : 1;
      }
#if defined(__cpp_exceptions)
    } catch (...) {
      call.thrown = std::current_exception();
      return 1;
    }
#endif
  }

  template <class F, class Ask>
  static Result<hone_answer> answer(F& on_piece_given, const GenerateOptions& options,
                                    const Ask& ask) {
    const std::vector<const char*> stop = detail::pointers(options.stop);
    const hone_generate_options given = to_struct(options, stop);
    Call<F> call{on_piece_given, {}};
    hone_answer answer = {};
    answer.struct_size = sizeof answer;
    hone_error* error =
        ask(&given, static_cast<hone_on_piece>(&on_piece<F>), static_cast<void*>(&call), &answer);
    if (call.thrown) {
      hone_error_free(error);
      std::rethrow_exception(call.thrown);
    }
    if (error != nullptr) return Error::take(error);
    return answer;
  }

  static hone_generate_options to_struct(const GenerateOptions& options,
                                         const std::vector<const char*>& stop) {
    hone_generate_options given;
    hone_generate_options_init(&given, sizeof given);
    given.max_tokens = options.max_tokens;
    given.seed = options.seed ? static_cast<int64_t>(*options.seed & INT64_MAX) : -1;
    given.temperature = options.temperature;
    given.top_k = options.top_k;
    given.top_p = options.top_p;
    given.min_p = options.min_p;
    given.typical_p = options.typical_p;
    given.repeat_penalty = options.repeat_penalty;
    given.repeat_last_n = options.repeat_last_n;
    given.frequency_penalty = options.frequency_penalty;
    given.presence_penalty = options.presence_penalty;
    given.ignore_end = options.ignore_end;
    given.logprobs = options.logprobs;
    given.stop = stop.data();
    given.stop_count = stop.size();
    return given;
  }

  std::unique_ptr<hone_generator, detail::Free<hone_generator_free>> handle_;
};

class Model {
 public:
  static Result<Model> open(const std::string& path, const ModelOptions& options = {}) {
    const std::vector<const char*> trust = detail::pointers(options.trust);
    hone_model_options given;
    hone_model_options_init(&given, sizeof given);
    given.threads = options.threads;
    given.max_sequences = options.max_sequences;
    given.context = options.context;
    given.prompt_format = options.prompt_format.c_str();
    given.trust = trust.data();
    given.trust_count = trust.size();
    given.require_signature = options.require_signature;
    given.cache_dir = options.cache_dir.c_str();
    hone_model* handle = nullptr;
    hone_error* error = hone_model_open(path.c_str(), &given, &handle);
    if (error != nullptr) return Error::take(error);
    return Model(handle);
  }

  hone_kind kind() const { return hone_model_kind(handle_.get()); }
  bool is_language() const { return kind() == HONE_KIND_LANGUAGE; }

  // Their texts live as long as the model.
  const std::vector<hone_port>& inputs() const { return inputs_; }
  const std::vector<hone_port>& outputs() const { return outputs_; }
  std::vector<std::pair<std::string, std::string>> metadata() const {
    std::vector<std::pair<std::string, std::string>> all;
    for (size_t i = 0; i < hone_model_metadata_count(handle_.get()); ++i) {
      all.emplace_back(hone_model_metadata_key(handle_.get(), i),
                       hone_model_metadata_value(handle_.get(), i));
    }
    return all;
  }
  std::vector<std::string> labels() const {
    std::vector<std::string> all;
    for (size_t i = 0; i < hone_model_label_count(handle_.get()); ++i) {
      all.emplace_back(hone_model_label(handle_.get(), i));
    }
    return all;
  }

  Result<Results> run(std::span<const Tensor> inputs) {
    hone_results* results = nullptr;
    hone_error* error = hone_model_run(handle_.get(), inputs.data(), inputs.size(), &results);
    if (error != nullptr) return Error::take(error);
    return Results(results);
  }
  Result<Results> run(std::initializer_list<Tensor> inputs) {
    return run(std::span(inputs.begin(), inputs.size()));
  }
  // Into the caller's memory.
  Result<void> run_into(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
    return done(hone_model_run_into(handle_.get(), inputs.data(), inputs.size(), outputs.data(),
                                    outputs.size()));
  }
  Result<void> reset() { return done(hone_model_reset(handle_.get())); }

  Result<hone_language> language() const {
    hone_language language = {};
    language.struct_size = sizeof language;
    hone_error* error = hone_model_language(handle_.get(), &language);
    if (error != nullptr) return Error::take(error);
    return language;
  }
  Result<Generator> generator() {
    hone_generator* generator = nullptr;
    hone_error* error = hone_generator_new(handle_.get(), &generator);
    if (error != nullptr) return Error::take(error);
    return Generator(generator);
  }
  Result<std::vector<int32_t>> tokenize(std::string_view text,
                                        uint32_t flags = HONE_TOKENIZE_ADD_SPECIAL) const {
    return counted<std::vector<int32_t>>([&](int32_t* ids, size_t room, size_t* count) {
      return hone_model_tokenize(handle_.get(), text.data(), text.size(), flags, ids, room, count);
    });
  }
  Result<std::string> detokenize(std::span<const int32_t> ids) const {
    // A string has room for the zero byte.
    return counted<std::string>([&](char* text, size_t room, size_t* count) {
      return hone_model_detokenize(handle_.get(), ids.data(), ids.size(), text, room + 1, count);
    });
  }

 private:
  explicit Model(hone_model* handle)
      : handle_(handle),
        inputs_(detail::ports(handle, hone_model_input_count(handle), hone_model_input)),
        outputs_(detail::ports(handle, hone_model_output_count(handle), hone_model_output)) {}

  static Result<void> done(hone_error* error) {
    if (error != nullptr) return Error::take(error);
    return {};
  }

  // Asks for the size, then for what has it.
  template <class List, class Get>
  static Result<List> counted(const Get& get) {
    size_t count = 0;
    if (hone_error* error = get(nullptr, 0, &count)) return Error::take(error);
    List list(count, typename List::value_type{});
    if (count == 0) return list;
    if (hone_error* error = get(list.data(), count, &count)) return Error::take(error);
    return list;
  }

  std::unique_ptr<hone_model, detail::Free<hone_model_free>> handle_;
  std::vector<hone_port> inputs_, outputs_;
};

}  // namespace v0
}  // namespace hone
