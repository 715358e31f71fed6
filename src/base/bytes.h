// ByteReader: a cursor over untrusted little-endian bytes that remembers its first error.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace hone {

static_assert(std::endian::native == std::endian::little, "hone's formats are read in place");

using Bytes = std::span<const std::byte>;

// After the first overrun every read gives zeros and the cursor stays; ask status() once at the end
// of a record. Views returned point into the source.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  template <class T>
  T read() {
    T value{};
    if (const Bytes raw = take(sizeof(T)); !raw.empty()) std::memcpy(&value, raw.data(), sizeof(T));
    return value;
  }
  uint8_t u8() { return read<uint8_t>(); }
  uint16_t u16() { return read<uint16_t>(); }
  uint32_t u32() { return read<uint32_t>(); }
  uint64_t u64() { return read<uint64_t>(); }

  // `size` bytes, or an empty span and the error.
  Bytes take(uint64_t size);
  void skip(uint64_t size) { take(size); }
  // A view of `size` bytes as text.
  std::string_view text(uint64_t size);
  // Records an error of the caller's at this position, unless one stands already.
  void fail(Code code, std::string message);

  uint64_t position() const { return position_; }
  uint64_t remaining() const { return bytes_.size() - position_; }
  bool ok() const { return ok_; }
  Status status() const;

 private:
  Bytes bytes_;
  uint64_t position_ = 0;
  bool ok_ = true;
  Error error_;
};

// Numbers as they lie in a file, at any alignment: reads like a span, copies nothing.
template <class T>
class PackedView {
 public:
  PackedView() = default;
  // `bytes` beyond a whole number of elements are not seen.
  explicit PackedView(Bytes bytes) : data_(bytes.data()), size_(bytes.size() / sizeof(T)) {}
  template <class Range>
    requires std::convertible_to<const Range&, std::span<const T>>
  PackedView(const Range& values) : PackedView(std::as_bytes(std::span<const T>(values))) {}

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T operator[](size_t i) const {
    T value;
    std::memcpy(&value, data_ + i * sizeof(T), sizeof(T));
    return value;
  }

  class Iterator {
   public:
    Iterator(const PackedView* view, size_t index) : view_(view), index_(index) {}
    T operator*() const { return (*view_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const PackedView* view_;
    size_t index_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size_}; }

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

}  // namespace hone
