// Small GGUF models for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "support/gguf_writer.h"

namespace hone::test {

// Three tensors; the last one's data is 3 bytes and 29 of padding.
inline GgufWriter small_model() {
  GgufWriter writer;
  writer.add("general.architecture", "llama").add("llama.block_count", uint32_t{2});
  writer.add_tensor("a", {4, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
  writer.add_tensor("b", DType::q4_0, {64, 2}, std::string(4 * 18, '\x21'));
  writer.add_tensor("c", DType::i8, {3}, "xyz");
  return writer;
}

// small_model with a vocabulary of three tokens.
inline GgufWriter model_with_tokenizer() {
  GgufWriter writer = small_model();
  writer.add("tokenizer.ggml.model", "llama").add("tokenizer.ggml.bos_token_id", uint32_t{1});
  writer.add_array("tokenizer.ggml.tokens", std::vector<std::string>{"<unk>", "<s>", "a"});
  writer.add_array("tokenizer.ggml.scores", std::vector<float>{0, 0, -1});
  writer.add_array("tokenizer.ggml.token_type", std::vector<int32_t>{2, 3, 1});
  writer.add("tokenizer.ggml.add_bos_token", true);
  return writer;
}

}  // namespace hone::test
