#include "support/tiny_vocab.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace hone::test {
namespace {

constexpr int32_t kNormal = 1;
constexpr int32_t kUnknown = 2;
constexpr int32_t kControl = 3;
constexpr int32_t kUnused = 5;
constexpr int32_t kByte = 6;

// "\u0120" is byte-level BPE's space, "\u2581" SentencePiece's.
constexpr std::string_view kMerges[] = {
    "\u0120 t", "\u0120 a", "i n",      "h e",       "r e",        "o n",      "\u0120t he", "e r",
    "\u0120 s", "a t",      "\u0120 w", "\u0120 o",  "n d",        "o u",      "\u0120 c",   "i s",
    "o r",      "e s",      "in g",     "\u0120 b",  "\u0120a nd", "e n",      "\u0120 f",   "a n",
    "\u0120 m", "\u0120 p", "e d",      "\u0120o f", "l l",        "\u0120t o"};

constexpr std::string_view kPieces[] = {
    "\u2581t", "\u2581a", "in",      "he", "re",       "on",      "\u2581the", "er", "\u2581s",
    "at",      "\u2581w", "\u2581o", "nd", "ou",       "\u2581",  "e",         "t",  "a",
    "o",       "i",       "n",       "s",  "r",        "h",       "l",         "d",  "u",
    "c",       "m",       "f",       "w",  "g",        "y",       "p",         "b",  ",",
    ".",       "v",       "k",       "T",  "\u2581to", "\u2581of"};

constexpr std::string_view kChatTemplate =
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + "
    "message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\\n' }}{% endif %}";

struct Tokens {
  std::vector<std::string> texts;
  std::vector<int32_t> types;
  std::vector<float> scores;

  void add(std::string text, int32_t type, float score) {
    texts.push_back(std::move(text));
    types.push_back(type);
    scores.push_back(score);
  }
  void fill_with_unused() {
    for (int i = 0; static_cast<int32_t>(texts.size()) < kTinyVocabSize; ++i) {
      add(cat("<unused", i, ">"), kUnused, -1000.0f);
    }
  }
};

std::string utf8_below_0x800(unsigned code) {
  if (code < 0x80) return {static_cast<char>(code)};
  return {static_cast<char>(0xc0u | code >> 6), static_cast<char>(0x80u | (code & 0x3fu))};
}

// GPT-2's printable name of each byte: itself where it is printable Latin-1, else the next free
// code point from 256 on.
std::array<std::string, 256> byte_names() {
  std::array<std::string, 256> names;
  unsigned next = 256;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte < 0xad) || byte > 0xad;
    names[byte] = utf8_below_0x800(printable ? byte : next++);
  }
  return names;
}

void add_bpe(GgufWriter& writer, std::string_view pre) {
  Tokens tokens;
  for (const char* special : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) {
    tokens.add(special, kControl, 0);
  }
  for (const std::string& name : byte_names()) tokens.add(name, kNormal, 0);
  std::vector<std::string> merges;
  for (const std::string_view merge : kMerges) {
    merges.emplace_back(merge);
    const size_t space = merge.find(' ');
    tokens.add(cat(merge.substr(0, space), merge.substr(space + 1)), kNormal, 0);
  }
  tokens.fill_with_unused();
  writer.add("tokenizer.ggml.model", "gpt2")
      .add("tokenizer.ggml.pre", pre)
      .add_array("tokenizer.ggml.tokens", tokens.texts)
      .add_array("tokenizer.ggml.token_type", tokens.types)
      .add_array("tokenizer.ggml.merges", merges)
      .add("tokenizer.ggml.bos_token_id", uint32_t{1})
      .add("tokenizer.ggml.eos_token_id", uint32_t{2})
      .add("tokenizer.ggml.padding_token_id", uint32_t{0})
      .add("tokenizer.ggml.add_bos_token", false)
      .add("tokenizer.chat_template", kChatTemplate);
}

void add_spm(GgufWriter& writer) {
  Tokens tokens;
  tokens.add("<unk>", kUnknown, 0);
  tokens.add("<s>", kControl, 0);
  tokens.add("</s>", kControl, 0);
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (unsigned byte = 0; byte < 256; ++byte) {
    tokens.add(cat("<0x", kHex[byte >> 4], kHex[byte & 15], ">"), kByte, 0);
  }
  float score = 0;
  for (const std::string_view piece : kPieces) tokens.add(std::string(piece), kNormal, score--);
  tokens.fill_with_unused();
  writer.add("tokenizer.ggml.model", "llama")
      .add("tokenizer.ggml.pre", "default")
      .add_array("tokenizer.ggml.tokens", tokens.texts)
      .add_array("tokenizer.ggml.scores", tokens.scores)
      .add_array("tokenizer.ggml.token_type", tokens.types)
      .add("tokenizer.ggml.bos_token_id", uint32_t{1})
      .add("tokenizer.ggml.eos_token_id", uint32_t{2})
      .add("tokenizer.ggml.unknown_token_id", uint32_t{0})
      .add("tokenizer.ggml.add_bos_token", true)
      .add("tokenizer.ggml.add_eos_token", false);
}

}  // namespace

void add_tiny_vocab(GgufWriter& writer, TinyVocab vocab, std::string_view pre) {
  if (vocab == TinyVocab::bpe) {
    add_bpe(writer, pre);
  } else {
    add_spm(writer);
  }
}

}  // namespace hone::test
