// The engine file's frame as plain data; FORMAT.md describes every byte.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/sha256.h"

namespace hone {

inline constexpr std::array<uint8_t, 8> kEngineMagic = {0x89, 'H', 'O', 'N', 'E', '\r', '\n', 0x1a};
inline constexpr uint16_t kEngineMajor = 1;
inline constexpr uint16_t kEngineMinor = 3;

// The first bytes of the file. `digest` is the engine's identity: SHA-256 of what is before it and
// of the manifest, which holds the hashes of everything between the two.
struct EngineHeader {
  std::array<uint8_t, 8> magic = kEngineMagic;
  uint16_t major = kEngineMajor;
  uint16_t minor = kEngineMinor;
  uint32_t must_understand = 0;  // a bit a feature that a reader must know; none is defined yet
  uint64_t manifest_offset = 0;
  uint64_t manifest_bytes = 0;
  Sha256Digest digest = {};
  std::array<uint8_t, 64> reserved = {};  // zero
};
static_assert(sizeof(EngineHeader) == 128);

// The digest that belongs in `header`.
Sha256Digest engine_digest(const EngineHeader& header, Bytes manifest);

namespace section_kind {
inline constexpr std::string_view kProgram = "program";               // Program
inline constexpr std::string_view kInterface = "interface";           // EngineInterface
inline constexpr std::string_view kPlan = "plan";                     // Plan of a language model
inline constexpr std::string_view kLanguageModel = "language_model";  // LanguageModelInfo
inline constexpr std::string_view kTokenizer = "tokenizer";           // TokenizerData
inline constexpr std::string_view kWeights = "weights";               // EngineWeights
inline constexpr std::string_view kWeightData = "weight_data";  // what EngineWeights points into
inline constexpr std::string_view kTask = "task";               // JSON, docs/tasks.md
inline constexpr std::string_view kFile = "file";               // what lies beside a model
inline constexpr std::string_view kSourceHead = "source_head";  // a GGUF before its first weight
inline constexpr std::string_view kTuning = "tuning";           // Tuning
inline constexpr std::string_view kProvenance = "provenance";   // EngineProvenance
inline constexpr std::string_view kGolden = "golden";           // EngineGolden
}  // namespace section_kind

struct EngineSection {
  std::string kind;
  std::string part;  // of a bundle; empty: the only one
  std::string role;  // of kind "file"
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

// A run of bytes that is hashed by itself. Chunks follow each other from the header to the
// manifest.
struct EngineChunk {
  uint64_t bytes = 0;
  Bytes sha256;  // 32 bytes
};

struct EngineManifest {
  std::vector<EngineSection> sections;
  std::vector<EngineChunk> chunks;
};

struct EngineWeight {
  std::string name;
  std::string layout;
  uint64_t offset = 0;  // in the part's weight_data
  uint64_t bytes = 0;
  // A bit for each of EngineWeights::targets that reads this pack of the weight and not another;
  // 0: all do.
  uint64_t targets = 0;
};

struct EngineWeights {
  std::vector<EngineWeight> weights;
  std::vector<std::string> targets;  // that weights are packed for; empty: it is not said
};

struct EngineEntry {
  std::string key, value;
};

// What the integers of an output stand for: (code - zero) * scale.
struct EngineCodes {
  int32_t output = 0;
  double scale = 1, zero = 0;
};

// How a program's inputs and outputs are called by those who use it.
struct EngineInterface {
  std::vector<std::string> outputs;
  std::vector<EngineEntry> metadata;  // what the source says of itself, such as ONNX's properties
  std::vector<EngineCodes> codes;     // of outputs of which it is known
};

struct EngineProvenance {
  std::string tool;           // "hone 0.1.0"
  std::string source;         // the file's name without folders
  std::string source_format;  // "gguf"
  uint64_t source_bytes = 0;
  std::string source_sha256;  // hex
  std::string license;        // as the source or the catalogue states it; may be empty
  uint64_t release = 0;       // counts up from engine to engine, so that an old one can be refused
};

// One of the signatures behind the manifest.
struct EngineSignature {
  std::string algorithm;  // "ed25519"
  Bytes key_id;           // the first 8 bytes of the public key's SHA-256
  Bytes signature;        // of engine_signed_text()
};

struct EngineSignatures {
  std::vector<EngineSignature> signatures;
};

// What is signed: the header's fields with the digest.
std::string engine_signed_text(const EngineHeader& header);

inline constexpr uint64_t kEngineAlign = 64;  // of sections
inline constexpr uint64_t kEngineWeightAlign =
    4096;  // of weight_data, and of weights of a page or more
inline constexpr uint64_t kEngineMaxChunk = uint64_t{4} << 20;
inline constexpr size_t kEngineMaxSections = 4096;
inline constexpr size_t kEngineMaxTargets = 64;

}  // namespace hone
