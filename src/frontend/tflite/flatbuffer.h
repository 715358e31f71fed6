// FlatBuffers from untrusted files: tables, vectors and strings are read where they lie, and each
// is checked against the file before it is seen. Source: "FlatBuffer Internals" of the FlatBuffers
// documentation (version 25).
//
// A schema's tables are structs of constants, one a field, which tell a field's place and type
// (tools/make_tflite_schema.py makes them):
//   struct Tensor {
//     static constexpr Vector<Tensor, int32_t> shape{4};
//     static constexpr Scalar<Tensor, bool> is_variable{14, false};
//     static constexpr std::array<Field, 2> kFields{...};
//   };
//   HONE_TRY(const auto tensor, (TableOf<Tensor>::open(file, position)));
//   for (int32_t size : tensor.get(Tensor::shape)) ...
// Views point into the file, which must outlive them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/bytes.h"
#include "base/error.h"

namespace hone::flatbuffer {

// The kinds of fields. `Owner` is the table that has the field; `slot` is where a table's list of
// fields says if and where it lies; a field that is absent has the value `fallback`, or is empty.
template <class Owner, class T>
struct Scalar {
  uint16_t slot;
  T fallback;
};
template <class Owner, class T>
struct Vector {
  uint16_t slot;
};
template <class Owner>
struct String {
  uint16_t slot;
};
template <class Owner, class Target>
struct Ref {  // one table
  uint16_t slot;
};
template <class Owner, class Target>
struct Refs {  // a vector of tables
  uint16_t slot;
};
template <class Owner>
struct Union {  // a table whose kind another field tells
  uint16_t slot;
};

// What a field must fit, whatever its type.
enum class FieldKind : uint8_t { scalar, vector, table };
struct Field {
  uint16_t slot;
  FieldKind kind;
  uint8_t bytes;  // of a scalar, of a vector's element
};

// The name of an enum's number, or nothing.
struct EnumName {
  int32_t number;
  std::string_view name;
};
constexpr std::string_view find_name(std::span<const EnumName> names, int32_t number) {
  for (const EnumName& entry : names) {
    if (entry.number == number) return entry.name;
  }
  return {};
}

inline constexpr size_t kMaxFields = 256;   // of a table; the largest known schema has 20
inline constexpr size_t kMinFileBytes = 8;  // the root's offset and the file identifier
inline constexpr size_t kIdentifierAt = 4;  // four letters that name the schema

// A table of any schema. A default-made one is empty: it has no field.
class Table {
 public:
  Table() = default;
  // Checks that the table lies in the file, and so does what its `fields` point to (but not whether
  // tables it refers to are right: they are checked when they are opened).
  static Expected<Table> open(Bytes file, uint64_t position, std::span<const Field> fields);
  // The file's first table.
  static Expected<Table> root(Bytes file, std::span<const Field> fields);

  bool empty() const { return table_bytes_ == 0; }
  bool has(uint16_t slot) const { return field_offset(slot) != 0; }
  // Whether the table has fields behind the last of `fields`: it was written by a newer schema.
  bool has_more_than(std::span<const Field> fields) const;

  // These give `fallback` or nothing for a field that is absent or not among those checked.
  template <class T>
  T scalar(uint16_t slot, T fallback) const {
    const Bytes raw = scalar_bytes(slot, sizeof(T));
    if (raw.empty()) return fallback;
    if constexpr (std::is_same_v<T, bool>) {
      return raw[0] != std::byte{0};
    } else {
      return PackedView<T>(raw)[0];
    }
  }
  Bytes vector(uint16_t slot, size_t element_bytes) const;
  // An empty table if the field is absent.
  Expected<Table> table(uint16_t slot, std::span<const Field> fields) const;
  // Table `index` of a vector of tables.
  Expected<Table> table_at(uint16_t slot, size_t index, std::span<const Field> fields) const;
  Bytes file() const { return file_; }

 private:
  Status check(const Field& field) const;
  // Where a field lies, from the table's start; 0 if it is absent.
  uint16_t field_offset(uint16_t slot) const;
  Bytes scalar_bytes(uint16_t slot, size_t bytes) const;
  // Where the offset stored in a field points to; the file's end if that is nowhere in the file.
  uint64_t target(uint16_t slot) const;

  Bytes file_;
  uint64_t position_ = 0;
  uint64_t vtable_ = 0;        // where the list of the fields' offsets lies
  uint16_t vtable_bytes_ = 0;  // with its two leading sizes
  uint16_t table_bytes_ = 0;
};

// A table of schema `S`.
template <class S>
class TableOf {
 public:
  class List;

  TableOf() = default;
  explicit TableOf(const Table& table) : table_(table) {}  // one that was opened with S's fields
  static Expected<TableOf> wrap(Expected<Table> table) {
    if (!table) return std::unexpected(std::move(table).error());
    return TableOf(*table);
  }
  static Expected<TableOf> open(Bytes file, uint64_t position) {
    return wrap(Table::open(file, position, S::kFields));
  }
  static Expected<TableOf> root(Bytes file) { return wrap(Table::root(file, S::kFields)); }

  bool empty() const { return table_.empty(); }
  const Table& table() const { return table_; }
  template <class Field>
  bool has(const Field& field) const {
    return table_.has(field.slot);
  }

  template <class T>
  T get(Scalar<S, T> field) const {
    return table_.scalar(field.slot, field.fallback);
  }
  template <class T>
  PackedView<T> get(Vector<S, T> field) const {
    return PackedView<T>(table_.vector(field.slot, sizeof(T)));
  }
  // The same, as bytes.
  template <class T>
  Bytes bytes(Vector<S, T> field) const {
    return table_.vector(field.slot, sizeof(T));
  }
  std::string_view get(String<S> field) const { return as_text(table_.vector(field.slot, 1)); }
  // An empty table if the field is absent.
  template <class Target>
  Expected<TableOf<Target>> get(Ref<S, Target> field) const {
    return TableOf<Target>::wrap(table_.table(field.slot, Target::kFields));
  }
  template <class Target>
  size_t size(Refs<S, Target> field) const {
    return table_.vector(field.slot, 4).size() / 4;
  }
  template <class Target>
  Expected<TableOf<Target>> get(Refs<S, Target> field, size_t index) const {
    return TableOf<Target>::wrap(table_.table_at(field.slot, index, Target::kFields));
  }
  // `fields` are those of the table that the union's type names.
  Expected<Table> get(Union<S> field, std::span<const Field> fields) const {
    return table_.table(field.slot, fields);
  }

 private:
  Table table_;
};

}  // namespace hone::flatbuffer
