// The tags of every field that an engine file holds; FORMAT.md tells what they mean. A tag is never
// given to another field. Odd tags must be understood, even ones may be passed over.
#pragma once

#include <array>

#include "engine/format.h"
#include "engine/golden.h"
#include "engine/language_model_info.h"
#include "engine/program.h"
#include "engine/record.h"
#include "engine/tokenizer_data.h"
#include "engine/tuning.h"

namespace hone {

inline constexpr std::array<std::string_view, 4> kTypeKinds = {"tensor", "sequence", "optional",
                                                               "unknown"};
inline constexpr std::array<std::string_view, 5> kStorages = {"input", "weight", "state", "arena",
                                                              "alias"};
inline constexpr std::array<std::string_view, 3> kStepKinds = {"run", "alias", "at_bind"};
inline constexpr std::array kRoundedNames = {name_of(Precision::f32), name_of(Precision::bf16)};
inline constexpr std::array<std::string_view, 4> kItemKinds = {"plan", "host", "branch", "loop"};

template <class V>
void visit_fields(V& v, Symbol& symbol) {
  v(1, symbol.name);
  v(3, symbol.min);
  v(5, symbol.opt);
  v(7, symbol.max);
}

template <class V>
void visit_fields(V& v, TensorType& type) {
  v(1, type.dtype);
  v(3, type.shape);
}

template <class V>
void visit_fields(V& v, Type& type) {
  v.choice(1, type.kind, kTypeKinds);
  v(3, type.tensor);
}

template <class V>
void visit_fields(V& v, PlanValue& value) {
  v(1, value.name);
  v(3, value.type);
  v(5, value.type_known);
  v(7, value.at_bind);
  v.choice(9, value.storage, kStorages);
  v(11, value.alias_of);
  v(13, value.layout);
}

template <class V>
void visit_fields(V& v, PlanStep& step) {
  v.op(1, 3, step.op, step.attrs);
  v(5, step.name);
  v(7, step.operands);
  v(9, step.results);
  v.choice(11, step.kind, kStepKinds);
  v(13, step.group);
  // Apart from those that are names, for readers that do not know it.
  bool winograd = step.precision == Precision::winograd;
  Precision rounded = winograd ? Precision::f32 : step.precision;
  v.choice(2, rounded, kRoundedNames);
  v(4, winograd);
  step.precision = winograd ? Precision::winograd : rounded;
}

template <class V>
void visit_fields(V& v, Plan& plan) {
  v(1, plan.name);
  v(3, plan.symbols);
  v(5, plan.values);
  v(7, plan.steps);
  v(9, plan.inputs);
  v(11, plan.outputs);
}

template <class V>
void visit_fields(V& v, ProgramValue& value) {
  v(1, value.name);
  v(3, value.type);
}

template <class V>
void visit_fields(V& v, Program& program);

template <class V>
void visit_fields(V& v, ProgramItem& item) {
  v.choice(1, item.kind, kItemKinds);
  v(3, item.plan);
  v(5, item.step);
  v(7, item.operands);
  v(9, item.results);
  v(11, item.bodies);
}

template <class V>
void visit_fields(V& v, ProgramState& state) {
  v(1, state.input);
  v(3, state.output);
  v.shared(5, state.initial);
}

template <class V>
void visit_fields(V& v, Program& program) {
  v(1, program.name);
  v(3, program.symbols);
  v(5, program.values);
  v(7, program.inputs);
  v(9, program.constants);
  v(11, program.outputs);
  v(13, program.states);
  v(15, program.items);
}

template <class V>
void visit_fields(V& v, LanguageModelInfo& info) {
  v(1, info.architecture);
  v(2, info.name);
  v(3, info.vocab_size);
  v(5, info.context_length);
  v(7, info.layers);
  v(9, info.embedding_length);
  v(11, info.heads);
  v(13, info.kv_heads);
  v(15, info.head_dim);
  v(4, info.parameters);
}

inline constexpr std::array<std::string_view, 3> kFlags = {"unset", "no", "yes"};

// TokenizerData::Flag begins at -1.
template <class V>
void visit_flag(V& v, uint16_t tag, TokenizerData::Flag& flag) {
  enum class Index : uint8_t { unset, no, yes };
  auto index = static_cast<Index>(static_cast<int>(flag) + 1);
  v.choice(tag, index, kFlags);
  flag = static_cast<TokenizerData::Flag>(static_cast<int>(index) - 1);
}

template <class V>
void visit_fields(V& v, TokenizerData& data) {
  v(1, data.model);
  v(3, data.pre);
  v(5, data.tokens);
  v(7, data.scores);
  v(9, data.types);
  v(11, data.merges);
  v(13, data.precompiled_charsmap);
  v(15, data.bos);
  v(17, data.eos);
  v(19, data.eot);
  v(21, data.unknown);
  v(23, data.separator);
  v(25, data.padding);
  v(27, data.classifier);
  v(29, data.mask);
  visit_flag(v, 31, data.add_bos);
  visit_flag(v, 33, data.add_eos);
  visit_flag(v, 35, data.add_separator);
  visit_flag(v, 37, data.add_space_prefix);
  visit_flag(v, 39, data.remove_extra_whitespaces);
  visit_flag(v, 41, data.lowercase);
  visit_flag(v, 43, data.strip_accents);
  v(45, data.chat_template);
}

template <class V>
void visit_fields(V& v, EngineSection& section) {
  v(1, section.kind);
  v(3, section.part);
  v(5, section.role);
  v(7, section.offset);
  v(9, section.bytes);
}

template <class V>
void visit_fields(V& v, EngineChunk& chunk) {
  v(1, chunk.bytes);
  v(3, chunk.sha256);
}

template <class V>
void visit_fields(V& v, EngineManifest& manifest) {
  v(1, manifest.sections);
  v(3, manifest.chunks);
}

template <class V>
void visit_fields(V& v, EngineSignature& signature) {
  v(1, signature.algorithm);
  v(3, signature.key_id);
  v(5, signature.signature);
}

template <class V>
void visit_fields(V& v, EngineSignatures& signatures) {
  v(1, signatures.signatures);
}

template <class V>
void visit_fields(V& v, EngineWeight& weight) {
  v(1, weight.name);
  v(3, weight.layout);
  v(5, weight.offset);
  v(7, weight.bytes);
  v(2, weight.targets);
}

template <class V>
void visit_fields(V& v, EngineWeights& weights) {
  v(1, weights.weights);
  v(2, weights.targets);
}

template <class V>
void visit_fields(V& v, EngineEntry& entry) {
  v(1, entry.key);
  v(3, entry.value);
}

template <class V>
void visit_fields(V& v, EngineCodes& codes) {
  v(1, codes.output);
  v(3, codes.scale);
  v(5, codes.zero);
}

template <class V>
void visit_fields(V& v, EngineInterface& interface) {
  v(1, interface.outputs);
  v(2, interface.metadata);
  v(4, interface.codes);
}

template <class V>
void visit_fields(V& v, KernelChoice& choice) {
  v(1, choice.step);
  v(3, choice.variant);
  v(5, choice.grain);
  v(2, choice.us);
  v(4, choice.default_us);
}

template <class V>
void visit_fields(V& v, Tuning& tuning) {
  v(1, tuning.processor);
  v(3, tuning.build);
  v(5, tuning.choices);
}

template <class V>
void visit_fields(V& v, EngineProvenance& provenance) {
  v(2, provenance.tool);
  v(4, provenance.source);
  v(6, provenance.source_format);
  v(8, provenance.source_bytes);
  v(10, provenance.source_sha256);
  v(12, provenance.license);
  v(14, provenance.release);
}

template <class V>
void visit_fields(V& v, GoldenTensor& tensor) {
  v(1, tensor.dtype);
  v(3, tensor.sizes);
  v(5, tensor.bytes);
}

template <class V>
void visit_fields(V& v, GoldenOutput& output) {
  v(1, output.tensor);
  v(3, output.bound);
}

template <class V>
void visit_fields(V& v, GoldenSample& sample) {
  v(1, sample.name);
  v(3, sample.inputs);
  v(5, sample.outputs);
  v(7, sample.prompt);
  v(9, sample.answer);
  v(11, sample.margins);
}

template <class V>
void visit_fields(V& v, EngineGolden& golden) {
  v(1, golden.samples);
  v(3, golden.latency_ms);
  v(5, golden.memory_bytes);
  v(2, golden.numeric_class);
  v(4, golden.measured_on);
  v(6, golden.threads);
  v(8, golden.measured_latency_ms);
  v(10, golden.measured_memory_bytes);
}

}  // namespace hone
