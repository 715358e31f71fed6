#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

#include "base/text.h"
#include "base/zip.h"
#include "frontend/weights/pickle.h"
#include "frontend/weights/state_dict.h"
#include "tensor/tensor.h"

namespace hone::weights {
namespace {

using Kind = PickleNode::Kind;

// torch.serialization's mark of a file in the form before 1.6, 0x1950a86a20f9469cfc6c.
constexpr std::string_view kLegacyMagic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr size_t kMaxStorages = size_t{1} << 20;
constexpr int kMaxWrapped = 4;  // a parameter around a tensor

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Code::corrupt, what, "; the file is damaged");
}

bool is_name(const PickleNode& node, std::string_view module, std::string_view attribute) {
  return node.kind == Kind::name && node.text == module && node.attribute == attribute;
}

std::optional<DType> dtype_of_storage(const PickleNode& name) {
  struct Row {
    std::string_view name;
    DType dtype;
  };
  static constexpr Row kRows[] = {
      {"FloatStorage", DType::f32},     {"DoubleStorage", DType::f64}, {"HalfStorage", DType::f16},
      {"BFloat16Storage", DType::bf16}, {"LongStorage", DType::i64},   {"IntStorage", DType::i32},
      {"ShortStorage", DType::i16},     {"CharStorage", DType::i8},    {"ByteStorage", DType::u8},
      {"BoolStorage", DType::boolean},
  };
  for (const Row& row : kRows) {
    if (is_name(name, "torch", row.name)) return row.dtype;
  }
  return std::nullopt;
}

bool is_tensor_maker(const PickleNode& name) {
  return is_name(name, "torch._utils", "_rebuild_tensor_v2");
}
bool is_parameter_maker(const PickleNode& name) {
  return is_name(name, "torch._utils", "_rebuild_parameter");
}
bool is_dict_maker(const PickleNode& name) { return is_name(name, "collections", "OrderedDict"); }

// Everything else that a pickle may name, Python would import and run.
Status check_names(const Pickle& pickle) {
  for (const PickleNode& node : pickle.nodes) {
    if (node.kind != Kind::name || is_tensor_maker(node) || is_parameter_maker(node) ||
        is_dict_maker(node) || dtype_of_storage(node)) {
      continue;
    }
    return fail(Code::unsupported, "it holds more than tensors by name: '", printable(node.text),
                ".", printable(node.attribute),
                "', which hone neither knows nor runs; save the tensors alone with "
                "torch.save(model.state_dict(), \"weights.pth\")");
  }
  return {};
}

struct Storage {
  DType dtype = DType::f32;
  Bytes bytes;
};
using Storages = std::map<std::string_view, Storage>;

// ("storage", type, key, place, elements): where a tensor's elements are.
struct StorageReference {
  std::string_view key;
  DType dtype = DType::f32;
};
std::optional<StorageReference> storage_reference(const Pickle& pickle, const PickleNode& node) {
  if (node.kind != Kind::persistent) return std::nullopt;
  const PickleNode& tuple = pickle[node.items[0]];
  if (tuple.kind != Kind::tuple || tuple.items.size() < 5) return std::nullopt;
  const PickleNode &mark = pickle[tuple.items[0]], &key = pickle[tuple.items[2]];
  const auto dtype = dtype_of_storage(pickle[tuple.items[1]]);
  if (mark.text != "storage" || key.kind != Kind::text || !dtype) return std::nullopt;
  return StorageReference{key.text, *dtype};
}

Expected<Storages> referenced_storages(const Pickle& pickle) {
  Storages storages;
  for (const PickleNode& node : pickle.nodes) {
    if (node.kind != Kind::persistent) continue;
    const auto reference = storage_reference(pickle, node);
    if (!reference) return damaged("it does not say where a tensor's elements are");
    const auto [at, fresh] = storages.emplace(reference->key, Storage{reference->dtype, {}});
    if (!fresh && at->second.dtype != reference->dtype) {
      return damaged("it reads the same elements as two types");
    }
    if (storages.size() > kMaxStorages) return fail(Code::limit_exceeded, "too many tensors");
  }
  return storages;
}

std::optional<std::vector<int64_t>> sizes_of(const Pickle& pickle, const PickleNode& tuple) {
  if (tuple.kind != Kind::tuple || tuple.items.size() > kMaxRank) return std::nullopt;
  std::vector<int64_t> sizes;
  for (const int32_t item : tuple.items) {
    const PickleNode& node = pickle[item];
    if (node.kind != Kind::integer || node.integer < 0) return std::nullopt;
    sizes.push_back(node.integer);
  }
  return sizes;
}

// Some elements of a storage.
struct Layout {
  int64_t offset = 0;
  std::vector<int64_t> sizes, strides;

  bool is_dense() const {
    int64_t step = 1;
    for (size_t axis = sizes.size(); axis-- > 0;) {
      if (sizes[axis] != 1 && strides[axis] != step) return false;
      step *= sizes[axis];
    }
    return true;
  }
  // Whether all its places lie among so many elements; sizes are not 0.
  bool fits(int64_t elements) const {
    int64_t last = offset;
    for (size_t axis = 0; axis < sizes.size(); ++axis) {
      int64_t span = 0;
      if (__builtin_mul_overflow(sizes[axis] - 1, strides[axis], &span) ||
          __builtin_add_overflow(last, span, &last)) {
        return false;
      }
    }
    return last < elements;
  }
};

class DictReader {
 public:
  DictReader(const Pickle& pickle, const Storages& storages, size_t file_size)
      : pickle_(pickle), storages_(storages), copies_left_(file_size) {}

  Expected<StateDict> read() {
    auto entries = entries_of(pickle_[pickle_.root]);
    if (!entries) return fail(Code::unsupported, "it holds no state dict");
    HONE_TRY(StateDict dict, read_entries(*entries));
    if (!dict.tensors.empty()) return dict;
    // A checkpoint of a training run has the state dict under a name.
    for (const std::string_view name : {"state_dict", "model_state_dict", "model"}) {
      if (const auto inner = entry(*entries, name)) return read_entries(*inner);
    }
    return fail(Code::unsupported, "it holds no tensors by name");
  }

 private:
  // Key, value, ... of a dict or an OrderedDict.
  std::optional<std::span<const int32_t>> entries_of(const PickleNode& node) const {
    const std::span<const int32_t> items = node.items;
    if (node.kind == Kind::dict) return items;
    if (node.kind == Kind::call && is_dict_maker(pickle_[items[0]])) return items.subspan(2);
    return std::nullopt;
  }

  std::optional<std::span<const int32_t>> entry(std::span<const int32_t> entries,
                                                std::string_view name) const {
    for (size_t i = 0; i + 1 < entries.size(); i += 2) {
      const PickleNode& key = pickle_[entries[i]];
      if (key.kind == Kind::text && key.text == name) return entries_of(pickle_[entries[i + 1]]);
    }
    return std::nullopt;
  }

  Expected<StateDict> read_entries(std::span<const int32_t> entries) {
    StateDict dict;
    for (size_t i = 0; i + 1 < entries.size(); i += 2) {
      const PickleNode &key = pickle_[entries[i]], *value = tensor_call(pickle_[entries[i + 1]]);
      if (key.kind != Kind::text || value == nullptr) continue;
      HONE_TRY_CONTEXT(StateTensor tensor, read_tensor(*value), "tensor '", printable(key.text),
                       "'");
      dict.tensors.insert_or_assign(std::string(key.text), std::move(tensor));
    }
    return dict;
  }

  // The call that makes a tensor, of a parameter the one inside; null if it is something else.
  const PickleNode* tensor_call(const PickleNode& value) const {
    const PickleNode* node = &value;
    for (int depth = 0; depth < kMaxWrapped && node->kind == Kind::call; ++depth) {
      const PickleNode &maker = pickle_[node->items[0]], &arguments = pickle_[node->items[1]];
      if (is_tensor_maker(maker)) return node;
      const bool wraps = is_parameter_maker(maker) && arguments.kind == Kind::tuple;
      if (!wraps || arguments.items.empty()) return nullptr;
      node = &pickle_[arguments.items[0]];
    }
    return nullptr;
  }

  // (storage, offset, sizes, strides, ...)
  Expected<StateTensor> read_tensor(const PickleNode& call) {
    const PickleNode& arguments = pickle_[call.items[1]];
    if (arguments.kind != Kind::tuple || arguments.items.size() < 4) {
      return damaged("it has no sizes");
    }
    const auto reference = storage_reference(pickle_, pickle_[arguments.items[0]]);
    const PickleNode& offset = pickle_[arguments.items[1]];
    auto sizes = sizes_of(pickle_, pickle_[arguments.items[2]]);
    auto strides = sizes_of(pickle_, pickle_[arguments.items[3]]);
    if (!reference || offset.kind != Kind::integer || offset.integer < 0 || !sizes || !strides ||
        sizes->size() != strides->size()) {
      return damaged("its sizes make no sense");
    }
    return cut({offset.integer, std::move(*sizes), std::move(*strides)},
               storages_.find(reference->key)->second);
  }

  Expected<StateTensor> cut(const Layout& layout, const Storage& storage) {
    const int64_t width = info(storage.dtype).block_bytes;
    const Dims dims(layout.sizes);
    StateTensor tensor{{storage.dtype, dims.shape()}, {}};
    HONE_TRY(const int64_t bytes, checked_bytes(storage.dtype, dims));
    if (bytes == 0) return tensor;
    const auto elements = static_cast<int64_t>(storage.bytes.size()) / width;
    if (!layout.fits(elements)) return damaged("its elements do not lie inside the file");
    if (layout.is_dense()) {
      tensor.data.bytes = storage.bytes.subspan(static_cast<size_t>(layout.offset * width),
                                                static_cast<size_t>(bytes));
      return tensor;
    }
    if (static_cast<uint64_t>(bytes) > copies_left_) {
      return fail(Code::limit_exceeded, "it repeats elements of the file too often");
    }
    copies_left_ -= static_cast<uint64_t>(bytes);
    tensor.data.owned = gathered(layout, storage.bytes, width, static_cast<size_t>(bytes));
    tensor.data.bytes = *tensor.data.owned;
    return tensor;
  }

  static std::shared_ptr<const std::vector<std::byte>> gathered(const Layout& layout, Bytes from,
                                                                int64_t width, size_t bytes) {
    auto made = std::make_shared<std::vector<std::byte>>(bytes);
    std::array<int64_t, kMaxRank> index{};
    int64_t place = layout.offset;
    for (size_t at = 0; at < bytes; at += static_cast<size_t>(width)) {
      std::memcpy(made->data() + at, from.data() + place * width, static_cast<size_t>(width));
      for (size_t axis = layout.sizes.size(); axis-- > 0;) {
        place += layout.strides[axis];
        if (++index[axis] < layout.sizes[axis]) break;
        place -= layout.sizes[axis] * layout.strides[axis];
        index[axis] = 0;
      }
    }
    return made;
  }

  const Pickle& pickle_;
  const Storages& storages_;
  uint64_t copies_left_;  // bytes that may still be copied out of their strides
};

// A list of keys, then for each of them the number of elements and the elements.
Status read_legacy_storages(ByteReader& reader, Storages& storages) {
  HONE_TRY(const Pickle keys, read_pickle(reader));
  if (keys[keys.root].kind != Kind::list) return damaged("it does not list its tensors");
  for (const int32_t item : keys[keys.root].items) {
    const auto found = storages.find(keys[item].text);
    if (keys[item].kind != Kind::text || found == storages.end()) {
      return damaged("it lists elements that no tensor has");
    }
    const uint64_t elements = reader.u64();
    const auto width = static_cast<uint64_t>(info(found->second.dtype).block_bytes);
    if (elements > reader.remaining() / width) return damaged("its elements are cut short");
    found->second.bytes = reader.take(elements * width);
  }
  return reader.status();
}

// Pickles of a mark, of the form's version and of the machine, then the tensors'.
Expected<StateDict> read_legacy(Bytes file) {
  ByteReader reader(file);
  HONE_TRY(const Pickle magic, read_pickle(reader));
  if (magic[magic.root].text != kLegacyMagic) {
    return fail(Code::unsupported, "it is a pickle, but not one that torch.save wrote");
  }
  HONE_TRY([[maybe_unused]] const Pickle version, read_pickle(reader));
  HONE_TRY([[maybe_unused]] const Pickle machine, read_pickle(reader));
  HONE_TRY(const Pickle pickle, read_pickle(reader));
  HONE_RETURN_IF_ERROR(check_names(pickle));
  HONE_TRY(Storages storages, referenced_storages(pickle));
  HONE_RETURN_IF_ERROR(read_legacy_storages(reader, storages));
  return DictReader(pickle, storages, file.size()).read();
}

// NAME/data.pkl with the tensors, NAME/data/KEY with their elements.
Expected<StateDict> read_zipped(Bytes file) {
  HONE_TRY(const std::vector<ZippedFile> files, read_zip(file));
  std::map<std::string_view, Bytes> by_name;
  std::string_view folder;
  for (const ZippedFile& one : files) {
    if (one.form == ZippedFile::Form::stored) by_name.emplace(one.name, one.content);
    if (one.name.ends_with("/data.pkl")) folder = one.name.substr(0, one.name.rfind('/') + 1);
    if (one.name.find("/code/") != one.name.npos) {
      return fail(Code::unsupported, "it is a TorchScript program, not weights by name");
    }
  }
  const auto content = [&](std::string_view name) {
    const auto found = by_name.find(cat(folder, name));
    return found == by_name.end() ? std::nullopt : std::optional(found->second);
  };
  const auto data = content("data.pkl");
  if (folder.empty() || !data) return fail(Code::unsupported, "it is a zip without a state dict");
  if (const auto order = content("byteorder"); order && as_text(*order) != "little") {
    return fail(Code::unsupported, "its numbers are big-endian");
  }
  ByteReader reader(*data);
  HONE_TRY(const Pickle pickle, read_pickle(reader));
  HONE_RETURN_IF_ERROR(check_names(pickle));
  HONE_TRY(Storages storages, referenced_storages(pickle));
  for (auto& [key, storage] : storages) {
    const auto bytes = content(cat("data/", key));
    if (!bytes) return damaged("it lacks the elements of a tensor");
    storage.bytes = *bytes;
  }
  return DictReader(pickle, storages, file.size()).read();
}

}  // namespace

Expected<StateDict> read_pth(Bytes file) {
  return as_text(file).starts_with("PK\x03\x04") ? read_zipped(file) : read_legacy(file);
}

}  // namespace hone::weights
