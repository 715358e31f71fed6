#include "engine/record.h"

namespace hone {
namespace {

enum class AttrKind : uint8_t { integer = 1, real, boolean, text, list, name };

// Attributes are fields by name: one byte of kind, the name's length and text, then the value.
class AttrWriter final : public AttrVisitor {
 public:
  using AttrVisitor::field;
  void field(std::string_view name, int64_t& value) override {
    add(AttrKind::integer, name, &value, sizeof value);
  }
  void field(std::string_view name, float& value) override {
    add(AttrKind::real, name, &value, sizeof value);
  }
  void field(std::string_view name, bool& value) override {
    const uint8_t byte = value ? 1 : 0;
    add(AttrKind::boolean, name, &byte, 1);
  }
  void field(std::string_view name, std::string& value) override {
    add(AttrKind::text, name, value.data(), value.size());
  }
  void field(std::string_view name, std::vector<int64_t>& value) override {
    add(AttrKind::list, name, value.data(), value.size() * sizeof(int64_t));
  }
  void choice(std::string_view name, int& index, std::span<const std::string_view> names) override {
    const std::string_view chosen = names[static_cast<size_t>(index)];
    add(AttrKind::name, name, chosen.data(), chosen.size());
  }
  std::string take() { return std::move(out_); }

 private:
  void add(AttrKind kind, std::string_view name, const void* value, size_t bytes) {
    out_ += static_cast<char>(kind);
    out_ += static_cast<char>(name.size());
    out_ += name;
    const auto size = static_cast<uint32_t>(bytes);
    out_.append(reinterpret_cast<const char*>(&size), sizeof size);
    out_.append(static_cast<const char*>(value), bytes);
  }
  std::string out_;
};

class AttrReader final : public AttrVisitor {
 public:
  explicit AttrReader(Bytes bytes) {
    ByteReader reader(bytes);
    while (reader.ok() && reader.remaining() > 0) {
      Entry entry;
      entry.kind = static_cast<AttrKind>(reader.u8());
      entry.name = reader.text(reader.u8());
      entry.value = reader.take(reader.u32());
      entries_.push_back(entry);
    }
    status_ = reader.status();
  }

  using AttrVisitor::field;
  void field(std::string_view name, int64_t& value) override {
    copy(AttrKind::integer, name, value);
  }
  void field(std::string_view name, float& value) override { copy(AttrKind::real, name, value); }
  void field(std::string_view name, bool& value) override {
    uint8_t byte = value ? 1 : 0;
    copy(AttrKind::boolean, name, byte);
    value = byte != 0;
  }
  void field(std::string_view name, std::string& value) override {
    if (const Entry* entry = find(AttrKind::text, name)) value = as_text(entry->value);
  }
  void field(std::string_view name, std::vector<int64_t>& value) override {
    const Entry* entry = find(AttrKind::list, name);
    if (entry == nullptr) return;
    if (entry->value.size() % sizeof(int64_t) != 0) return malformed(name);
    value.assign(entry->value.size() / sizeof(int64_t), 0);
    if (!value.empty()) std::memcpy(value.data(), entry->value.data(), entry->value.size());
  }
  void choice(std::string_view name, int& index, std::span<const std::string_view> names) override {
    const Entry* entry = find(AttrKind::name, name);
    if (entry == nullptr) return;
    const auto found = std::find(names.begin(), names.end(), as_text(entry->value));
    if (found == names.end()) return malformed(name);
    index = static_cast<int>(found - names.begin());
  }

  // An attribute that this build does not know would change what the op does.
  Status finish() {
    HONE_RETURN_IF_ERROR(status_);
    for (const Entry& entry : entries_) {
      if (!entry.taken) {
        return fail(Code::unsupported, "attribute '", printable(entry.name),
                    "' is not known to this version of hone");
      }
    }
    return {};
  }

 private:
  struct Entry {
    AttrKind kind;
    std::string_view name;
    Bytes value;
    bool taken = false;
  };
  const Entry* find(AttrKind kind, std::string_view name) {
    for (Entry& entry : entries_) {
      if (entry.name != name || entry.taken) continue;
      entry.taken = true;
      if (entry.kind == kind) return &entry;
      malformed(name);
      return nullptr;
    }
    return nullptr;
  }
  template <class T>
  void copy(AttrKind kind, std::string_view name, T& value) {
    const Entry* entry = find(kind, name);
    if (entry == nullptr) return;
    if (entry->value.size() != sizeof value) return malformed(name);
    std::memcpy(&value, entry->value.data(), sizeof value);
  }
  void malformed(std::string_view name) {
    if (status_) status_ = fail(Code::corrupt, "attribute '", name, "' has a malformed value");
  }
  std::vector<Entry> entries_;
  Status status_;
};

}  // namespace

void RecordWriter::write(Shape& shape) {
  for (const Dim& dim : shape) {
    put(dim.is_symbol() ? int64_t{0} : dim.value());
    put(dim.symbol_index());
  }
}

void RecordWriter::op(uint16_t op_tag, uint16_t attrs_tag, const OpDef*& op, Attrs& attrs) {
  if (op == nullptr) return;
  std::string_view name = op->name;
  (*this)(op_tag, name);
  AttrWriter writer;
  attrs.visit(writer);
  std::string bytes = writer.take();
  (*this)(attrs_tag, bytes);
}

void RecordWriter::shared(uint16_t tag, std::shared_ptr<const std::vector<std::byte>>& bytes) {
  if (bytes == nullptr) return;
  Bytes view(*bytes);
  (*this)(tag, view);
}

RecordReader::RecordReader(Bytes record, int depth) : depth_(depth) {
  if (depth > record_limits::kMaxDepth) {
    status_ = fail(Code::limit_exceeded, "records stand more than ", record_limits::kMaxDepth,
                   " deep in each other");
    return;
  }
  ByteReader reader(record);
  while (reader.ok() && reader.remaining() > 0) {
    const uint16_t tag = reader.u16();
    fields_.push_back({tag, reader.take(reader.u32())});
  }
  status_ = reader.status();
}

const Bytes* RecordReader::take(uint16_t tag) {
  if (!status_) return nullptr;
  for (Field& field : fields_) {
    if (field.tag != tag || field.taken) continue;
    field.taken = true;
    return &field.bytes;
  }
  return nullptr;
}

void RecordReader::keep(Status status, uint16_t tag) {
  if (status_ && !status)
    status_ = std::unexpected(std::move(status).error().context(cat("field ", tag)));
}

Status RecordReader::unknown_name(Bytes name) {
  return fail(Code::unsupported, "'", printable(as_text(name), 100),
              "' is not known to this version of hone");
}

Status RecordReader::read(Bytes bytes, Shape& shape) {
  constexpr size_t kDimBytes = sizeof(int64_t) + sizeof(int32_t);
  if (bytes.size() % kDimBytes != 0 || bytes.size() / kDimBytes > kMaxRank) {
    return fail(Code::corrupt, "is no shape of at most ", kMaxRank, " dimensions");
  }
  ByteReader reader(bytes);
  shape.clear();
  while (reader.remaining() > 0) {
    const auto value = reader.read<int64_t>();
    const auto symbol = reader.read<int32_t>();
    if (symbol < -1 || value < 0) return fail(Code::corrupt, "a dimension is negative");
    shape.push_back(symbol < 0 ? Dim(value) : Dim::symbol(symbol));
  }
  return {};
}

Status RecordReader::read(Bytes bytes, DType& dtype) {
  const std::optional<DType> found = find_dtype(as_text(bytes));
  if (!found) return unknown_name(bytes);
  dtype = *found;
  return {};
}

void RecordReader::op(uint16_t op_tag, uint16_t attrs_tag, const OpDef*& op, Attrs& attrs) {
  const Bytes* name = take(op_tag);
  const Bytes* bytes = take(attrs_tag);
  if (name == nullptr) return;
  op = find_op(as_text(*name));
  if (op == nullptr) return keep(unknown_name(*name), op_tag);
  attrs = op->default_attrs();
  AttrReader reader(bytes == nullptr ? Bytes() : *bytes);
  attrs.visit(reader);
  keep(reader.finish(), attrs_tag);
}

void RecordReader::shared(uint16_t tag, std::shared_ptr<const std::vector<std::byte>>& bytes) {
  const Bytes* field = take(tag);
  if (field == nullptr) return;
  bytes = std::make_shared<const std::vector<std::byte>>(field->begin(), field->end());
}

Status RecordReader::finish() {
  for (const Field& field : fields_) {
    if (status_ && !field.taken && field.tag % 2 == 1) {
      status_ = fail(Code::unsupported, "field ", field.tag,
                     " is needed and not known to this version of hone, or stands twice");
    }
  }
  return status_;
}

}  // namespace hone
