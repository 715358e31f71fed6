#include "frontend/tflite/flatbuffer.h"

namespace hone::flatbuffer {
namespace {

constexpr uint16_t kFirstSlot = 4;  // behind the two sizes that a vtable begins with

template <class T>
T load(Bytes file, uint64_t position) {
  return PackedView<T>(file.subspan(position, sizeof(T)))[0];
}

bool fits(Bytes file, uint64_t position, uint64_t bytes) {
  return position <= file.size() && bytes <= file.size() - position;
}

template <class... Parts>
std::unexpected<Error> corrupt(const Parts&... parts) {
  return fail(Code::corrupt, parts...,
              "; the file is cut off or damaged: fetch or export it again");
}

}  // namespace

Expected<Table> Table::open(Bytes file, uint64_t position, std::span<const Field> fields) {
  if (!fits(file, position, 4)) {
    return corrupt("a table is said to be at byte ", position, " of ", file.size());
  }
  const int64_t vtable = static_cast<int64_t>(position) - load<int32_t>(file, position);
  Table table;
  table.file_ = file;
  table.position_ = position;
  table.vtable_ = static_cast<uint64_t>(vtable);
  if (vtable < 0 || !fits(file, table.vtable_, kFirstSlot)) {
    return corrupt("the table at byte ", position, " has its list of fields outside the file");
  }
  table.vtable_bytes_ = load<uint16_t>(file, table.vtable_);
  table.table_bytes_ = load<uint16_t>(file, table.vtable_ + 2);
  if (table.vtable_bytes_ < kFirstSlot || table.vtable_bytes_ % 2 != 0 ||
      !fits(file, table.vtable_, table.vtable_bytes_) || table.table_bytes_ < 4 ||
      !fits(file, position, table.table_bytes_)) {
    return corrupt("the table at byte ", position, " has impossible sizes");
  }
  if (table.vtable_bytes_ > kFirstSlot + 2 * kMaxFields) {
    return fail(Code::limit_exceeded, "the table at byte ", position, " has more than ", kMaxFields,
                " fields");
  }
  for (const Field& field : fields) {
    HONE_RETURN_IF_ERROR(table.check(field));
  }
  return table;
}

Expected<Table> Table::root(Bytes file, std::span<const Field> fields) {
  if (file.size() < kMinFileBytes) return corrupt("the file has only ", file.size(), " bytes");
  return open(file, load<uint32_t>(file, 0), fields);
}

Status Table::check(const Field& field) const {
  const uint16_t offset = field_offset(field.slot);
  if (offset == 0) return {};
  const uint16_t size = field.kind == FieldKind::scalar ? field.bytes : 4;
  const auto number = (field.slot - kFirstSlot) / 2;
  if (offset < 4 || offset + size > table_bytes_) {
    return corrupt("field ", number, " of the table at byte ", position_,
                   " lies outside the table");
  }
  if (field.kind == FieldKind::scalar) return {};
  const uint64_t at = target(field.slot);
  const bool in_file = fits(file_, at, 4);
  if (!in_file || (field.kind == FieldKind::vector &&
                   !fits(file_, at + 4, uint64_t{load<uint32_t>(file_, at)} * field.bytes))) {
    return corrupt("field ", number, " of the table at byte ", position_,
                   " points to something that does not lie in the file");
  }
  return {};
}

uint16_t Table::field_offset(uint16_t slot) const {
  if (slot < kFirstSlot || slot + 2 > vtable_bytes_) return 0;
  return load<uint16_t>(file_, vtable_ + slot);
}

bool Table::has_more_than(std::span<const Field> fields) const {
  const int begin = fields.empty() ? kFirstSlot : fields.back().slot + 2;
  for (int slot = begin; slot + 2 <= vtable_bytes_; slot += 2) {
    if (has(static_cast<uint16_t>(slot))) return true;
  }
  return false;
}

Bytes Table::scalar_bytes(uint16_t slot, size_t bytes) const {
  const uint16_t offset = field_offset(slot);
  if (offset == 0 || offset + bytes > table_bytes_) return {};
  return file_.subspan(position_ + offset, bytes);
}

uint64_t Table::target(uint16_t slot) const {
  const Bytes raw = scalar_bytes(slot, 4);
  if (raw.empty()) return file_.size();
  return static_cast<uint64_t>(raw.data() - file_.data()) + PackedView<uint32_t>(raw)[0];
}

Bytes Table::vector(uint16_t slot, size_t element_bytes) const {
  const uint64_t at = target(slot);
  if (!fits(file_, at, 4)) return {};
  const uint64_t bytes = uint64_t{load<uint32_t>(file_, at)} * element_bytes;
  return fits(file_, at + 4, bytes) ? file_.subspan(at + 4, bytes) : Bytes{};
}

Expected<Table> Table::table(uint16_t slot, std::span<const Field> fields) const {
  if (!has(slot)) return Table();
  return open(file_, target(slot), fields);
}

Expected<Table> Table::table_at(uint16_t slot, size_t index, std::span<const Field> fields) const {
  const PackedView<uint32_t> offsets(vector(slot, 4));
  if (index >= offsets.size()) {
    return corrupt("entry ", index, " of a list of ", offsets.size(), " tables is asked for");
  }
  const uint64_t begin = target(slot) + 4 + 4 * uint64_t{index};
  return open(file_, begin + offsets[index], fields);
}

}  // namespace hone::flatbuffer
