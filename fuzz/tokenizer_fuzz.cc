// Tokenizers: vocabulary, merges, normalizer and text all from hostile bytes.
#include <fuzzer/FuzzedDataProvider.h>

#include <string>
#include <vector>

#include "base/utf8.h"
#include "llm/tokenizer/stream_decoder.h"
#include "llm/tokenizer/tokenizer.h"

namespace {

using hone::TokenizerData;

struct Input {
  std::vector<std::string> storage;
  std::vector<float> scores;
  std::vector<int32_t> types;
  TokenizerData data;
  bool every_byte = false;  // a byte-level vocabulary with all bytes: nothing may get lost
};

// Half of them from a small alphabet, so that merges and special tokens meet the text.
std::string token(FuzzedDataProvider& in) {
  constexpr std::string_view kKnown[] = {"a",    "b",        "ab",         "▁", "▁a",    " ",
                                         "Ġ",    "<0x61>",   "<|im_end|>", "é", "</s>",  "\n",
                                         "\n\n", "<|call|>", "<|end|>",    "â", "<unk>", "a b"};
  if (in.ConsumeBool()) return std::string(in.PickValueInArray(kKnown));
  return in.ConsumeRandomLengthString(12);
}

void add_every_byte(Input& input) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string text;
    hone::append_utf8(text,
                      static_cast<char32_t>(hone::byte_to_spelling(static_cast<uint8_t>(byte))));
    input.storage.push_back(text);
  }
}

void read_lists(FuzzedDataProvider& in, Input& input) {
  const size_t tokens = in.ConsumeIntegralInRange<size_t>(0, 40);
  for (size_t i = 0; i < tokens; ++i) input.storage.push_back(token(in));
  const size_t all = input.storage.size();
  const size_t merges = in.ConsumeIntegralInRange<size_t>(0, 20);
  for (size_t i = 0; i < merges; ++i) input.storage.push_back(token(in) + ' ' + token(in));
  input.storage.push_back(in.ConsumeRandomLengthString(200));
  for (size_t i = 0; i < all; ++i) input.data.tokens.push_back(input.storage[i]);
  for (size_t i = all; i < all + merges; ++i) input.data.merges.push_back(input.storage[i]);
  input.data.precompiled_charsmap = hone::as_bytes(input.storage.back());
  if (input.every_byte) return;
  for (size_t i = 0; i < all; ++i) {
    input.scores.push_back(in.ConsumeFloatingPoint<float>());
    input.types.push_back(in.ConsumeIntegralInRange<int32_t>(-1, 7));
  }
  input.data.scores = input.scores;
  input.data.types = input.types;
}

TokenizerData::Flag flag(FuzzedDataProvider& in) {
  return static_cast<TokenizerData::Flag>(in.ConsumeIntegralInRange<int>(-1, 1));
}

void read_data(FuzzedDataProvider& in, Input& input) {
  constexpr std::string_view kModels[] = {"gpt2", "llama", "t5", "bert", "gemma4", "whitespace"};
  const auto recipes = hone::pre_tokenizer_recipes();
  input.data.model = in.PickValueInArray(kModels);
  input.data.pre = recipes[in.ConsumeIntegralInRange<size_t>(0, recipes.size() - 1)].name;
  const auto recipe = hone::find_pre_tokenizer(input.data.pre);
  input.every_byte = input.data.model == "gpt2" && (*recipe)->bytes && in.ConsumeBool();
  if (input.every_byte) add_every_byte(input);
  for (int32_t* id :
       {&input.data.bos, &input.data.eos, &input.data.unknown, &input.data.separator}) {
    *id = in.ConsumeIntegralInRange<int32_t>(-2, 50);
  }
  for (TokenizerData::Flag* value :
       {&input.data.add_bos, &input.data.add_eos, &input.data.add_space_prefix,
        &input.data.remove_extra_whitespaces, &input.data.lowercase, &input.data.strip_accents}) {
    *value = flag(in);
  }
  read_lists(in, input);
}

void check_text(const Input& input, const hone::Tokenizer& tokenizer, const std::string& text,
                hone::EncodeOptions options) {
  const auto ids = tokenizer.encode(text, options);
  if (!ids) __builtin_trap();
  hone::StreamDecoder stream(tokenizer, {.show_special = true});
  std::string streamed;
  for (const int32_t id : *ids) streamed += stream.push(id);
  streamed += stream.flush();
  if (!hone::is_utf8(streamed)) __builtin_trap();
  const auto decoded = tokenizer.decode(*ids, {.show_special = true});
  if (!decoded) __builtin_trap();
  if (!input.every_byte || options.add_special) return;
  std::string storage;
  if (*decoded != hone::make_clean_utf8(text, storage)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  FuzzedDataProvider in(bytes, size);
  Input input;
  input.storage.reserve(400);  // views into it stay
  read_data(in, input);
  const auto tokenizer = hone::Tokenizer::open(input.data);
  if (!tokenizer) {
    if (tokenizer.error().message.empty()) __builtin_trap();
    return 0;
  }
  const bool add_special = in.ConsumeBool(), parse_special = in.ConsumeBool();
  const std::string text = in.ConsumeRemainingBytesAsString();
  check_text(input, *tokenizer, text, {.add_special = add_special, .parse_special = parse_special});
  return 0;
}
