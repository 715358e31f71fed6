// Tiny random language models as GGUF files in memory: the same bytes on every machine, accepted by
// llama.cpp, whose logits for them are stored in tests/golden/llm (support/golden.h reads them).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/tiny_vocab.h"
#include "tensor/dtype.h"

namespace hone::test {

enum class TinyFamily : uint8_t { llama, qwen2, qwen3, gemma3 };

// Where the matrix that makes logits comes from.
enum class TinyOutput : uint8_t { separate, tied };

enum class TinyRope : uint8_t {
  plain,
  freq_factors,  // a tensor rope_freqs.weight with factors 1 to 32, as Llama 3.1 has
  linear,        // rope.scaling.type "linear", factor 4
  yarn,          // "yarn", factor 4 of 64 positions
  yarn_keys,  // the same with every key that YaRN has, which llama.cpp ignores for these families
};

// How the metadata gives what every layer has: one number, or an array with one a layer.
enum class TinyLayers : uint8_t { numbers, arrays };

enum class TinyBias : uint8_t {
  family,  // where the family has them: qwen2's query, key and value
  all,     // on every projection
};

// Every field that shapes the model; the defaults make the smallest plain one.
struct TinyModelOptions {
  TinyFamily family = TinyFamily::llama;
  uint64_t seed = 1;
  // Types of the layers' matrices, dealt out in turn: q, k, v, o, gate, up, down of layer 0, then
  // of layer 1. Rows must be whole blocks: 32-blocks fit any size here, K-quants need the big
  // shape.
  std::vector<DType> dtypes = {DType::f32};
  DType embedding = DType::f32;
  DType output_dtype = DType::f32;  // of a separate output matrix
  TinyOutput output = TinyOutput::separate;
  TinyVocab vocab = TinyVocab::bpe;
  TinyRope rope = TinyRope::plain;
  TinyLayers layer_settings = TinyLayers::numbers;
  TinyBias bias = TinyBias::family;
  float rope_base = 10000.0f;
  uint32_t layers = 3;
  uint32_t dim = 64;
  uint32_t ff = 160;
  uint32_t heads = 4;
  uint32_t kv_heads = 2;
  uint32_t head_dim = 16;
  uint32_t context = 512;
  // By layer, instead of the numbers above where not empty. Written as arrays.
  std::vector<uint32_t> heads_by_layer = {};
  std::vector<uint32_t> kv_heads_by_layer = {};
  std::vector<uint32_t> ff_by_layer = {};
  // gemma3 only: the window (0: key absent, every layer global), the period in which the last layer
  // is global (0: key absent, so 6), which layers have a window (written instead of the period
  // where not empty), and the soft cap of the final logits (0: key absent).
  uint32_t sliding_window = 0;
  uint32_t sliding_period = 0;
  std::vector<bool> sliding_layers = {};
  float final_softcap = 0;
};

// Norm weights lie in [0.75, 1.25] (gemma3's post norms in [3, 5]); matrices have a deviation that
// keeps activations near 1 and gives logits a deviation near 3. Each tensor is drawn from
// SplitMix64 seeded with fnv1a64(name) ^ seed.
std::string tiny_model_text(const TinyModelOptions& options);
std::vector<std::byte> tiny_model(const TinyModelOptions& options);

// The models that have goldens: tests/golden/llm/<name>.golden.
struct GoldenModel {
  std::string name;
  TinyModelOptions options;
};
std::vector<GoldenModel> golden_models();
// Those that llama.cpp cannot run, or runs otherwise: their goldens hold only the float64 truth.
std::vector<GoldenModel> truth_models();
// Found by GoogleTest: a parameter's name instead of its bytes.
void PrintTo(const GoldenModel& model, std::ostream* out);

}  // namespace hone::test
