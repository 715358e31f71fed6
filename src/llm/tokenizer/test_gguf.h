// For tests only: the tokenizer's part of a GGUF file's metadata, read without the GGUF front end,
// which this layer must not see. Format: ggml's docs/gguf.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "engine/tokenizer_data.h"

namespace hone {

class TestGguf {
 public:
  // Views point into `file`.
  static Expected<TokenizerData> read(Bytes file) {
    TestGguf reader(file);
    const Status status = reader.run();
    if (!status) return std::unexpected(status.error());
    return std::move(reader.data_);
  }

 private:
  enum Type : uint32_t { kUint32 = 4, kInt32 = 5, kBool = 7, kString = 8, kArray = 9 };

  explicit TestGguf(Bytes file) : in_(file) {}

  Status run() {
    in_.skip(16);  // magic, version, tensors
    const uint64_t count = in_.u64();
    for (uint64_t i = 0; i < count && in_.ok(); ++i) {
      const std::string_view key = in_.text(in_.u64());
      const uint32_t type = in_.u32();
      if (type == kArray) {
        read_array(key);
      } else if (type == kString) {
        set_text(key, in_.text(in_.u64()));
      } else {
        set_number(key, in_.take(size_of(type)));
      }
    }
    return in_.status();
  }

  static uint64_t size_of(uint32_t type) {
    constexpr uint64_t kSizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < std::size(kSizes) ? kSizes[type] : 0;
  }

  void read_array(std::string_view key) {
    const uint32_t type = in_.u32();
    const uint64_t count = in_.u64();
    if (type != kString) {
      const Bytes bytes = in_.take(count * size_of(type));
      if (key == "tokenizer.ggml.scores") data_.scores = PackedView<float>(bytes);
      if (key == "tokenizer.ggml.token_type") data_.types = PackedView<int32_t>(bytes);
      if (key == "tokenizer.ggml.precompiled_charsmap") data_.precompiled_charsmap = bytes;
      return;
    }
    for (uint64_t i = 0; i < count && in_.ok(); ++i) {
      const std::string_view text = in_.text(in_.u64());
      if (key == "tokenizer.ggml.tokens") data_.tokens.push_back(text);
      if (key == "tokenizer.ggml.merges") data_.merges.push_back(text);
    }
  }

  void set_text(std::string_view key, std::string_view text) {
    if (key == "tokenizer.ggml.model") data_.model = text;
    if (key == "tokenizer.ggml.pre") data_.pre = text;
  }

  void set_number(std::string_view key, Bytes bytes) {
    constexpr std::string_view kPrefix = "tokenizer.ggml.";
    if (!key.starts_with(kPrefix) || bytes.empty()) return;
    key.remove_prefix(kPrefix.size());
    int32_t value = static_cast<int32_t>(bytes[0]);
    if (bytes.size() >= 4) value = ByteReader(bytes).read<int32_t>();
    const auto flag = value != 0 ? TokenizerData::Flag::yes : TokenizerData::Flag::no;
    if (key == "bos_token_id") data_.bos = value;
    if (key == "eos_token_id") data_.eos = value;
    if (key == "eot_token_id") data_.eot = value;
    if (key == "unknown_token_id") data_.unknown = value;
    if (key == "seperator_token_id") data_.separator = value;
    if (key == "padding_token_id") data_.padding = value;
    if (key == "add_bos_token") data_.add_bos = flag;
    if (key == "add_eos_token") data_.add_eos = flag;
    if (key == "add_space_prefix") data_.add_space_prefix = flag;
    if (key == "remove_extra_whitespaces") data_.remove_extra_whitespaces = flag;
  }

  ByteReader in_;
  TokenizerData data_;
};

}  // namespace hone
