// FlatBuffers by hand, for tests: checks nothing, so that tests can write what a reader must
// refuse.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace hone::flatbuffer::test {

class TestWriter {
 public:
  // With the root's offset, to be pointed somewhere, and the identifier.
  explicit TestWriter(const std::string& identifier = "TFL3") : bytes_(4, '\0') {
    bytes_ += identifier;
  }

  size_t size() const { return bytes_.size(); }
  Bytes bytes() const { return as_bytes(bytes_); }

  template <class T>
  size_t add(T value) {
    const size_t at = bytes_.size();
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return at;
  }
  template <class T>
  void set(size_t at, T value) {
    std::memcpy(bytes_.data() + at, &value, sizeof value);
  }
  // Makes the offset at `field` point to what is added next.
  void point(size_t field) { set(field, static_cast<uint32_t>(size() - field)); }

  // A table whose fields take 4 bytes each; gives the places of their values.
  std::vector<size_t> table(const std::vector<uint16_t>& slots, size_t pointed_from) {
    uint16_t last = 2;
    for (const uint16_t slot : slots) last = std::max(last, slot);
    const size_t vtable = size();
    add(static_cast<uint16_t>(last + 2));
    add(static_cast<uint16_t>(4 + 4 * slots.size()));
    for (uint16_t slot = 4; slot <= last; slot += 2) add(uint16_t{0});
    for (size_t i = 0; i < slots.size(); ++i) {
      set(vtable + slots[i], static_cast<uint16_t>(4 + 4 * i));
    }
    point(pointed_from);
    table_ = size();
    add(static_cast<int32_t>(table_ - vtable));
    std::vector<size_t> places;
    for (size_t i = 0; i < slots.size(); ++i) places.push_back(add(uint32_t{0}));
    return places;
  }
  // Where the last table lies.
  size_t last_table() const { return table_; }

  template <class T>
  void vector(const std::vector<T>& values, size_t pointed_from) {
    point(pointed_from);
    add(static_cast<uint32_t>(values.size()));
    for (const T value : values) add(value);
  }
  // A list of `count` tables; gives the places of the offsets to them.
  std::vector<size_t> list(size_t count, size_t pointed_from) {
    point(pointed_from);
    add(static_cast<uint32_t>(count));
    std::vector<size_t> places;
    for (size_t i = 0; i < count; ++i) places.push_back(add(uint32_t{0}));
    return places;
  }

 private:
  std::string bytes_;
  size_t table_ = 0;
};

}  // namespace hone::flatbuffer::test
