// Attributes of an op: a plain struct with one `visit`, type-erased so that graphs and plans hold
// it by value.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "base/error.h"

namespace hone {

// Reads or writes each field of an attribute struct; printing, parsing, comparing and file formats
// are visitors.
class AttrVisitor {
 public:
  virtual ~AttrVisitor() = default;
  virtual void field(std::string_view name, int64_t& value) = 0;
  virtual void field(std::string_view name, float& value) = 0;
  virtual void field(std::string_view name, bool& value) = 0;
  virtual void field(std::string_view name, std::string& value) = 0;
  virtual void field(std::string_view name, std::vector<int64_t>& value) = 0;
  // An enum as an index into its names.
  virtual void choice(std::string_view name, int& index,
                      std::span<const std::string_view> names) = 0;

  template <class E>
    requires std::is_enum_v<E>
  void field(std::string_view name, E& value, std::span<const std::string_view> names) {
    int index = static_cast<int>(value);
    choice(name, index, names);
    value = static_cast<E>(index);
  }
};

struct NoAttrs {
  void visit(AttrVisitor&) {}
};

// A value holding any attribute struct. Copies, compares and prints by its visit.
class Attrs {
 public:
  Attrs() : Attrs(NoAttrs{}) {}
  template <class T>
    requires requires(T t, AttrVisitor& v) { t.visit(v); } && (!std::same_as<T, Attrs>)
  Attrs(T value) : box_(std::make_unique<Box<T>>(std::move(value))) {}
  Attrs(const Attrs& other) : box_(other.box_->clone()) {}
  Attrs(Attrs&&) noexcept = default;
  Attrs& operator=(const Attrs& other) { return *this = Attrs(other); }
  Attrs& operator=(Attrs&&) noexcept = default;

  // The struct itself; asking for another type than was stored is a bug.
  template <class T>
  const T& as() const {
    HONE_CHECK(box_->type() == typeid(T));
    return static_cast<const Box<T>&>(*box_).value;
  }
  void visit(AttrVisitor& visitor) { box_->visit(visitor); }

  // "{eps=1e-05, kind=silu}", or "" without fields.
  std::string text() const;
  // Sets fields from such a text; an unknown name or a malformed value is an error.
  Status parse(std::string_view text);
  bool operator==(const Attrs& other) const {
    return box_->type() == other.box_->type() && text() == other.text();
  }

 private:
  struct BoxBase {
    virtual ~BoxBase() = default;
    virtual std::unique_ptr<BoxBase> clone() const = 0;
    virtual const std::type_info& type() const = 0;
    virtual void visit(AttrVisitor& visitor) = 0;
  };
  template <class T>
  struct Box final : BoxBase {
    explicit Box(T v) : value(std::move(v)) {}
    std::unique_ptr<BoxBase> clone() const override { return std::make_unique<Box>(value); }
    const std::type_info& type() const override { return typeid(T); }
    void visit(AttrVisitor& visitor) override { value.visit(visitor); }
    T value;
  };
  std::unique_ptr<BoxBase> box_;
};

}  // namespace hone
