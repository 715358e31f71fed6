// Records: how plain structs lie in an engine file (FORMAT.md, "Records"). A struct's
// `visit_fields` names each field's tag once; RecordWriter and RecordReader are its visitors.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "ops/define.h"
#include "tensor/type.h"

namespace hone {

namespace record_limits {
inline constexpr int kMaxDepth = 64;                  // records within records
inline constexpr size_t kMaxItems = size_t{1} << 24;  // of one list
inline constexpr size_t kMaxGrowth = 8;  // bytes of memory that a byte of a list may ask for
}  // namespace record_limits

template <class T>
concept RecordNumber = std::integral<T> || std::floating_point<T>;

// Appends to a text of bytes.
class RecordWriter {
 public:
  std::string take() { return std::move(out_); }

  template <class T>
  void operator()(uint16_t tag, T& value) {
    const size_t field = begin_field(tag);
    write(value);
    end_size(field);
  }
  // An enum by its name.
  template <class E>
  void choice(uint16_t tag, E& value, std::span<const std::string_view> names) {
    std::string_view name = names[static_cast<size_t>(value)];
    (*this)(tag, name);
  }
  void op(uint16_t op_tag, uint16_t attrs_tag, const OpDef*& op, Attrs& attrs);
  void shared(uint16_t tag, std::shared_ptr<const std::vector<std::byte>>& bytes);

 private:
  template <RecordNumber T>
  void put(T value) {
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <RecordNumber T>
  void write(T& value) {
    put(value);
  }
  void write(std::string& value) { out_ += value; }
  void write(std::string_view& value) { out_ += value; }
  void write(Bytes& value) { out_ += as_text(value); }
  void write(Shape& shape);
  void write(DType& dtype) { out_ += name_of(dtype); }
  template <RecordNumber T>
  void write(PackedView<T>& values) {
    for (const T value : values) put(value);
  }
  template <RecordNumber T>
  void write(std::vector<T>& values) {
    for (const T value : values) put(value);
  }
  template <class T>
  void write(std::vector<T>& items) {
    for (T& item : items) {
      const size_t size = begin_size();
      write(item);
      end_size(size);
    }
  }
  template <class T>
    requires requires(T t, RecordWriter w) { visit_fields(w, t); }
  void write(T& value) {
    visit_fields(*this, value);
  }

  size_t begin_field(uint16_t tag) {
    put(tag);
    return begin_size();
  }
  size_t begin_size() {
    put(uint32_t{0});
    return out_.size();
  }
  void end_size(size_t begin) {
    HONE_CHECK(out_.size() - begin <= std::numeric_limits<uint32_t>::max());
    const auto size = static_cast<uint32_t>(out_.size() - begin);
    std::copy_n(reinterpret_cast<const char*>(&size), sizeof size,
                out_.begin() + static_cast<ptrdiff_t>(begin - sizeof size));
  }

  std::string out_;
};

// Reads one record of untrusted bytes. Fields that are absent keep their defaults; views point into
// the bytes.
class RecordReader {
 public:
  explicit RecordReader(Bytes record, int depth = 0);

  template <class T>
  void operator()(uint16_t tag, T& value) {
    if (const Bytes* field = take(tag)) keep(read(*field, value), tag);
  }
  template <class E>
  void choice(uint16_t tag, E& value, std::span<const std::string_view> names) {
    const Bytes* field = take(tag);
    if (field == nullptr) return;
    const auto found = std::find(names.begin(), names.end(), as_text(*field));
    if (found == names.end()) return keep(unknown_name(*field), tag);
    value = static_cast<E>(found - names.begin());
  }
  void op(uint16_t op_tag, uint16_t attrs_tag, const OpDef*& op, Attrs& attrs);
  void shared(uint16_t tag, std::shared_ptr<const std::vector<std::byte>>& bytes);

  // The first error; call it last. A field with an unknown tag is passed over if its tag is even,
  // and Code::unsupported if it is odd.
  Status finish();

 private:
  struct Field {
    uint16_t tag;
    Bytes bytes;
    bool taken = false;
  };
  const Bytes* take(uint16_t tag);
  void keep(Status status, uint16_t tag);
  static Status unknown_name(Bytes name);

  template <RecordNumber T>
  static Status read(Bytes bytes, T& value) {
    if (bytes.size() != sizeof value) return fail(Code::corrupt, "has a wrong size");
    if constexpr (std::same_as<T, bool>) {
      value = bytes[0] != std::byte{};
    } else {
      std::memcpy(&value, bytes.data(), sizeof value);
    }
    return {};
  }
  static Status read(Bytes bytes, std::string& value) {
    value = as_text(bytes);
    return {};
  }
  static Status read(Bytes bytes, std::string_view& value) {
    value = as_text(bytes);
    return {};
  }
  static Status read(Bytes bytes, Bytes& value) {
    value = bytes;
    return {};
  }
  static Status read(Bytes bytes, Shape& shape);
  static Status read(Bytes bytes, DType& dtype);
  template <RecordNumber T>
  static Status read(Bytes bytes, PackedView<T>& values) {
    if (bytes.size() % sizeof(T) != 0) return fail(Code::corrupt, "has a wrong size");
    values = PackedView<T>(bytes);
    return {};
  }
  template <RecordNumber T>
  static Status read(Bytes bytes, std::vector<T>& values) {
    if (bytes.size() % sizeof(T) != 0) return fail(Code::corrupt, "has a wrong size");
    values.resize(bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return {};
  }
  template <class T>
  Status read(Bytes bytes, std::vector<T>& items) {
    ByteReader reader(bytes);
    while (reader.ok() && reader.remaining() > 0) {
      if (items.size() == record_limits::kMaxItems) return fail(Code::limit_exceeded, "too long");
      const Bytes item = reader.take(reader.u32());
      if (!reader.ok()) break;
      if ((items.size() + 1) * sizeof(T) > record_limits::kMaxGrowth * reader.position()) {
        return fail(Code::limit_exceeded, "its items hold too little to be any");
      }
      HONE_RETURN_IF_ERROR(read(item, items.emplace_back()));
    }
    return reader.status();
  }
  template <class T>
    requires requires(T t, RecordReader r) { visit_fields(r, t); }
  Status read(Bytes bytes, T& value) {
    RecordReader reader(bytes, depth_ + 1);
    visit_fields(reader, value);
    return reader.finish();
  }

  std::vector<Field> fields_;
  Status status_;
  int depth_;
};

template <class T>
std::string write_record(const T& value) {
  RecordWriter writer;
  visit_fields(writer, const_cast<T&>(value));  // a writer changes nothing
  return writer.take();
}

template <class T>
Expected<T> read_record(Bytes bytes) {
  T value;
  RecordReader reader(bytes);
  visit_fields(reader, value);
  HONE_RETURN_IF_ERROR(reader.finish());
  return value;
}

}  // namespace hone
