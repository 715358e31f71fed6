#include <random>

#include "api/handles.h"

namespace hone::api {
namespace {

constexpr size_t kFirstLanguage = offsetof(hone_language, reserved) + sizeof(int32_t);
constexpr size_t kFirstGenerateOptions =
    offsetof(hone_generate_options, stop_count) + sizeof(size_t);
constexpr size_t kFirstAnswer = offsetof(hone_answer, answer_tokens) + sizeof(int64_t);
constexpr size_t kMaxMessages = 100000;
constexpr size_t kMaxStops = 1000;
constexpr int64_t kMaxAnswer = int64_t{1} << 27;

Expected<const OpenModel*> language_of(const hone_model* model) {
  if (model == nullptr) return null_argument("model");
  if (model->shared->open.language != nullptr) return &model->shared->open;
  return fail(Code::invalid_argument, "this is no language model: it takes tensors");
}

Expected<std::vector<std::string>> read_stops(const hone_generate_options& options) {
  std::vector<std::string> stops;
  if (options.stop_count > 0 && options.stop == nullptr) return null_argument("stop");
  if (options.stop_count > kMaxStops) {
    return fail(Code::limit_exceeded, "there are ", options.stop_count, " stop texts; at most ",
                kMaxStops, " are allowed");
  }
  for (size_t i = 0; i < options.stop_count; ++i) {
    if (options.stop[i] == nullptr) return null_argument("stop[i]");
    stops.emplace_back(options.stop[i]);
  }
  return stops;
}

uint64_t random_seed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

Expected<Sampler> sampler_of(const hone_generate_options& options) {
  SampleOptions made;
  made.seed = options.seed >= 0 ? static_cast<uint64_t>(options.seed) : random_seed();
  made.temperature = options.temperature;
  made.top_k = options.top_k;
  made.top_p = options.top_p;
  made.min_p = options.min_p;
  made.typical_p = options.typical_p;
  made.repeat_penalty = options.repeat_penalty;
  made.penalty_last_n = options.repeat_last_n;
  made.frequency_penalty = options.frequency_penalty;
  made.presence_penalty = options.presence_penalty;
  made.top_logprobs = options.logprobs != 0 ? 0 : -1;
  return Sampler::make(std::move(made));
}

Expected<std::vector<ChatMessage>> read_messages(const hone_message* messages, size_t count) {
  if (messages == nullptr || count == 0) {
    return fail(Code::invalid_argument, "there are no messages");
  }
  if (count > kMaxMessages) {
    return fail(Code::limit_exceeded, "there are ", count, " messages; at most ", kMaxMessages,
                " are allowed");
  }
  std::vector<ChatMessage> made;
  for (size_t i = 0; i < count; ++i) {
    if (messages[i].role == nullptr) return null_argument("messages[i].role");
    if (messages[i].content == nullptr) return null_argument("messages[i].content");
    made.push_back({messages[i].role, Json(std::string_view(messages[i].content)), {}});
  }
  return made;
}

hone_finish to_finish(Finish finish) {
  switch (finish) {
    case Finish::end_token:
      return HONE_FINISH_END;
    case Finish::stop_string:
      return HONE_FINISH_STOP_TEXT;
    case Finish::max_tokens:
      return HONE_FINISH_MAX_TOKENS;
    case Finish::context_full:
      return HONE_FINISH_CONTEXT_FULL;
    case Finish::interrupted:
      break;
  }
  return HONE_FINISH_STOPPED;
}

// One answer: who gets its pieces, and how it went so far.
class Answering {
 public:
  Answering(hone_generator& handle, hone_on_piece on_piece, void* user)
      : handle_(handle), on_piece_(on_piece), user_(user) {}

  Expected<hone_answer> answer(std::span<const int32_t> prompt,
                               const hone_generate_options& options) {
    HONE_TRY(Sampler sampler, sampler_of(options));
    HONE_TRY(const GenerateOptions how, options_of(options));
    handle_.generator->set_sampler(std::move(sampler));
    answer_.prompt_tokens = static_cast<int64_t>(prompt.size());
    auto finish = run(prompt, how);
    const bool stopped = handle_.stop.load() || told_to_stop_;
    if (!finish && !(stopped && finish.error().code == Code::canceled)) {
      return std::unexpected(std::move(finish).error());
    }
    answer_.finish = finish ? to_finish(*finish) : HONE_FINISH_STOPPED;
    return answer_;
  }

 private:
  static Expected<GenerateOptions> options_of(const hone_generate_options& options) {
    GenerateOptions made{.max_tokens = std::min(options.max_tokens, kMaxAnswer),
                         .ignore_end = options.ignore_end != 0};
    HONE_TRY(made.stop, read_stops(options));
    return made;
  }

  Expected<Finish> run(std::span<const int32_t> prompt, const GenerateOptions& options) {
    const auto stop = [this] { return handle_.stop.load(); };
    HONE_TRY(const size_t reused, handle_.generator->feed(prompt, stop));
    answer_.reused_tokens = static_cast<int64_t>(reused);
    return handle_.generator->generate(
        options, [this](const GeneratedToken& token) { return take(token); }, stop);
  }

  Status take(const GeneratedToken& token) {
    if (token.id != kNoToken) ++answer_.answer_tokens;
    hone_piece piece = {};
    piece.token = token.id == kNoToken ? -1 : token.id;
    piece.text = token.text.c_str();
    piece.text_bytes = token.text.size();
    piece.logprob = token.sampled == nullptr ? 0 : token.sampled->logprob;
    told_to_stop_ = on_piece_ != nullptr && on_piece_(&piece, user_) != 0;
    return told_to_stop_ ? Status(fail(Code::canceled, "stopped")) : Status();
  }

  hone_generator& handle_;
  hone_on_piece on_piece_;
  void* user_;
  hone_answer answer_ = {};
  bool told_to_stop_ = false;
};

// What chat and complete share; `encode` gives the prompt's tokens.
template <class Encode>
hone_error* answer(hone_generator* handle, const hone_generate_options* given,
                   hone_on_piece on_piece, void* user, hone_answer* target, const Encode& encode) {
  return guarded([&]() -> Status {
    if (handle == nullptr) return null_argument("generator");
    hone_generate_options defaults = {};
    hone_generate_options_init(&defaults, sizeof defaults);
    HONE_TRY(const hone_generate_options options,
             read_struct(given, defaults, kFirstGenerateOptions));
    if (target != nullptr) {
      HONE_TRY([[maybe_unused]] const auto sized, read_struct(target, {}, kFirstAnswer));
    }
    HONE_TRY(const std::vector<int32_t> prompt, encode(handle->shared->open));
    HONE_TRY(const Turn turn, Turn::wait(*handle->shared));
    handle->stop = false;
    Answering answering(*handle, on_piece, user);
    HONE_TRY(const hone_answer made, answering.answer(prompt, options));
    return target == nullptr ? Status() : write_struct(made, target, kFirstAnswer);
  });
}

// So that a generator without a sequence is not even made.
Status check_free_sequence(LanguageModel& model) {
  HONE_TRY([[maybe_unused]] const ClaimedSequence free, model.claim_sequence());
  return {};
}

// The count is told, whether they fit or not.
Status copy_counted(size_t made, size_t capacity, bool wanted, size_t* count,
                    std::string_view what) {
  *count = made;
  if (!wanted || made <= capacity) return {};
  return fail(Code::limit_exceeded, "there are ", made, " ", what, ", and there is room for ",
              capacity);
}

}  // namespace
}  // namespace hone::api

using namespace hone::api;

hone_error* hone_model_language(const hone_model* model, hone_language* language) {
  return guarded([&]() -> hone::Status {
    HONE_TRY(const OpenModel* open, language_of(model));
    if (language == nullptr) return null_argument("language");
    hone_language made = {};
    made.context = open->language->context();
    made.vocabulary = open->tokenizer->size();
    made.bos = open->tokenizer->bos() == hone::kNoToken ? -1 : open->tokenizer->bos();
    made.eos = open->tokenizer->eos() == hone::kNoToken ? -1 : open->tokenizer->eos();
    made.chats = open->chats ? 1 : 0;
    return write_struct(made, language, kFirstLanguage);
  });
}

hone_error* hone_model_tokenize(const hone_model* model, const char* text, size_t text_bytes,
                                uint32_t flags, int32_t* ids, size_t capacity, size_t* count) {
  return guarded([&]() -> hone::Status {
    HONE_TRY(const OpenModel* open, language_of(model));
    if (text == nullptr && text_bytes > 0) return null_argument("text");
    if (count == nullptr) return null_argument("count");
    constexpr uint32_t kKnown = HONE_TOKENIZE_ADD_SPECIAL | HONE_TOKENIZE_PARSE_SPECIAL;
    if ((flags & ~kKnown) != 0) {
      return hone::fail(hone::Code::invalid_argument, "'flags' holds bits that mean nothing");
    }
    const hone::EncodeOptions how{.add_special = (flags & HONE_TOKENIZE_ADD_SPECIAL) != 0,
                                  .parse_special = (flags & HONE_TOKENIZE_PARSE_SPECIAL) != 0};
    const std::string_view view =
        text == nullptr ? std::string_view() : std::string_view(text, text_bytes);
    HONE_TRY(const std::vector<int32_t> made, open->tokenizer->encode(view, how));
    HONE_RETURN_IF_ERROR(copy_counted(made.size(), capacity, ids != nullptr, count, "tokens"));
    if (ids != nullptr) std::ranges::copy(made, ids);
    return {};
  });
}

hone_error* hone_model_detokenize(const hone_model* model, const int32_t* ids, size_t id_count,
                                  char* text, size_t capacity, size_t* text_bytes) {
  return guarded([&]() -> hone::Status {
    HONE_TRY(const OpenModel* open, language_of(model));
    if (ids == nullptr && id_count > 0) return null_argument("ids");
    if (text_bytes == nullptr) return null_argument("text_bytes");
    HONE_TRY(const std::string made, open->tokenizer->decode(std::span(ids, id_count)));
    const size_t room = capacity == 0 ? 0 : capacity - 1;
    HONE_RETURN_IF_ERROR(copy_counted(made.size(), room, text != nullptr, text_bytes, "bytes"));
    if (text != nullptr && capacity > 0) std::memcpy(text, made.c_str(), made.size() + 1);
    return {};
  });
}

hone_generator::~hone_generator() {
  const Turn turn = Turn::join(*shared);
  generator.reset();
}

hone_error* hone_generator_new(hone_model* model, hone_generator** generator) {
  return guarded([&]() -> hone::Status {
    HONE_TRY(const OpenModel* open, language_of(model));
    if (generator == nullptr) return null_argument("generator");
    HONE_TRY(hone::Sampler sampler, hone::Sampler::make({}));
    HONE_TRY(const Turn turn, Turn::wait(*model->shared));
    HONE_RETURN_IF_ERROR(check_free_sequence(*open->language));
    *generator = new hone_generator(model->shared, std::move(sampler));
    return {};
  });
}

void hone_generator_free(hone_generator* generator) { delete generator; }

void hone_generator_stop(hone_generator* generator) {
  if (generator != nullptr) generator->stop = true;
}

void hone_generate_options_init(hone_generate_options* options, size_t struct_size) {
  if (options == nullptr) return;
  const hone::SampleOptions sampling;
  hone_generate_options defaults = {};
  defaults.struct_size = struct_size;
  defaults.max_tokens = -1;
  defaults.seed = -1;
  defaults.temperature = sampling.temperature;
  defaults.top_k = sampling.top_k;
  defaults.top_p = sampling.top_p;
  defaults.min_p = sampling.min_p;
  defaults.typical_p = sampling.typical_p;
  defaults.repeat_penalty = sampling.repeat_penalty;
  defaults.repeat_last_n = sampling.penalty_last_n;
  defaults.frequency_penalty = sampling.frequency_penalty;
  defaults.presence_penalty = sampling.presence_penalty;
  std::memset(options, 0, struct_size);
  std::memcpy(options, &defaults, std::min(struct_size, sizeof defaults));
}

hone_error* hone_generator_chat(hone_generator* generator, const hone_message* messages,
                                size_t message_count, const hone_generate_options* options,
                                hone_on_piece on_piece, void* user, hone_answer* result) {
  return answer(generator, options, on_piece, user, result,
                [&](const OpenModel& model) -> hone::Expected<std::vector<int32_t>> {
                  HONE_TRY(const auto read, read_messages(messages, message_count));
                  return model.encode_chat(read);
                });
}

hone_error* hone_generator_complete(hone_generator* generator, const char* prompt,
                                    const hone_generate_options* options, hone_on_piece on_piece,
                                    void* user, hone_answer* result) {
  return answer(generator, options, on_piece, user, result,
                [&](const OpenModel& model) -> hone::Expected<std::vector<int32_t>> {
                  if (prompt == nullptr) return null_argument("prompt");
                  return model.tokenizer->encode(prompt, {.parse_special = true});
                });
}
