// GGUF: the reader, the tokenizer's fields and every codec, from hostile bytes.
#include <vector>

#include "base/bytes.h"
#include "frontend/gguf/reader.h"
#include "frontend/gguf/tokenizer_fields.h"
#include "tensor/codec/codec.h"

namespace {

volatile size_t sink;

void read_metadata(const hone::GgufFile& file) {
  size_t size = 0;
  for (const hone::GgufValue& value : file.metadata()) {
    size += value.text().size() + value.type_text().size();
    if (const auto strings = value.as_strings()) {
      for (const std::string_view text : *strings) size += text.empty() ? 0 : text.back() == 'x';
    }
    if (const auto list = value.as_i64_list()) size += list->size();
    size += value.as_u64().has_value() + value.as_i64().has_value() + value.as_f32().has_value();
    if (file.find(value.key) != &value) __builtin_trap();
  }
  sink = size;
}

void decode_tensors(const hone::GgufFile& file) {
  constexpr int64_t kMaxElements = 1 << 16;
  std::vector<float> out;
  for (const hone::GgufTensor& tensor : file.tensors()) {
    if (file.find_tensor(tensor.name) != &tensor) __builtin_trap();
    if (tensor.elements() > kMaxElements) continue;
    out.assign(static_cast<size_t>(tensor.elements()), 0.0f);
    hone::find_codec(tensor.dtype)->decode(tensor.data.data(), tensor.elements(), out.data());
  }
}

void read_tokenizer(const hone::GgufFile& file) {
  const auto data = hone::tokenizer_data(file);
  if (!data) return;
  size_t size = data->chat_template.size() + data->precompiled_charsmap.size();
  for (const std::string_view token : data->tokens) size += token.empty() ? 0 : token[0] == 'a';
  if (data->bos >= static_cast<int64_t>(data->tokens.size())) __builtin_trap();
  sink = size;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto file = hone::GgufFile::parse(bytes, "fuzz.gguf");
  if (!file) {
    if (file.error().message.empty()) __builtin_trap();
    return 0;
  }
  read_metadata(*file);
  decode_tensors(*file);
  read_tokenizer(*file);
  return 0;
}
