// What the run half must know of a language model beyond its plan, as plain data.
#pragma once

#include <cstdint>
#include <string>

namespace hone {

struct LanguageModelInfo {
  std::string architecture = {};  // "llama"
  std::string name = {};          // as the file gives it; may be empty
  int64_t vocab_size = 0;
  int64_t context_length = 0;  // positions the model was trained for
  int64_t layers = 0;
  int64_t embedding_length = 0;
  int64_t heads = 0;     // of the layer that has the most, where layers differ
  int64_t kv_heads = 0;  // likewise
  int64_t head_dim = 0;
  int64_t parameters = 0;
};

// The names that the graph of every language model gives its symbols, inputs and output.
namespace language_model {
inline constexpr const char* kTokens = "tokens";         // symbol: rows of this run
inline constexpr const char* kOutputs = "outputs";       // symbol: rows whose logits are wanted
inline constexpr const char* kToken = "token";           // i32 [tokens]: ids
inline constexpr const char* kPosition = "position";     // i32 [tokens]: in its sequence
inline constexpr const char* kSequence = "sequence";     // i32 [tokens]
inline constexpr const char* kOutputRow = "output_row";  // i32 [outputs]: rows of this run
}  // namespace language_model

}  // namespace hone
