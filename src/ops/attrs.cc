#include "ops/attrs.h"

#include <algorithm>

#include "base/text.h"

namespace hone {
namespace {

class Printer final : public AttrVisitor {
 public:
  using AttrVisitor::field;
  void field(std::string_view name, int64_t& value) override { add(name, cat(value)); }
  void field(std::string_view name, float& value) override { add(name, cat(value)); }
  void field(std::string_view name, bool& value) override { add(name, cat(value)); }
  void field(std::string_view name, std::string& value) override {
    add(name, cat('"', value, '"'));
  }
  void field(std::string_view name, std::vector<int64_t>& value) override {
    std::string list;
    for (const int64_t item : value) list += cat(list.empty() ? "" : ";", item);
    add(name, cat('[', list, ']'));
  }
  void choice(std::string_view name, int& index, std::span<const std::string_view> names) override {
    add(name, names[static_cast<size_t>(index)]);
  }
  std::string take() { return out_.empty() ? "" : cat('{', out_, '}'); }

 private:
  void add(std::string_view name, std::string_view value) {
    out_ += cat(out_.empty() ? "" : ", ", name, '=', value);
  }
  std::string out_;
};

struct Assignment {
  std::string_view name;
  std::string_view value;
  bool used = false;
};

// "{a=1, b=[1;2]}" -> assignments. Values hold no commas.
Expected<std::vector<Assignment>> split_assignments(std::string_view text) {
  std::vector<Assignment> assignments;
  text = trim(text);
  if (text.empty()) return assignments;
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
    return fail(Code::corrupt, "attributes must stand in braces: '", printable(text), "'");
  }
  text = trim(text.substr(1, text.size() - 2));
  if (text.empty()) return assignments;
  for (const std::string_view part : split(text, ',')) {
    const size_t equals = part.find('=');
    if (equals == part.npos) {
      return fail(Code::corrupt, "attribute '", printable(trim(part)), "' has no value");
    }
    assignments.push_back({trim(part.substr(0, equals)), trim(part.substr(equals + 1))});
  }
  return assignments;
}

class Setter final : public AttrVisitor {
 public:
  explicit Setter(std::vector<Assignment>& assignments) : assignments_(assignments) {}
  using AttrVisitor::field;
  void field(std::string_view name, int64_t& value) override { set(name, parse_int, value); }
  void field(std::string_view name, float& value) override { set(name, parse_double, value); }
  void field(std::string_view name, bool& value) override {
    set(
        name,
        [](std::string_view t) -> std::optional<bool> {
          if (t == "true") return true;
          if (t == "false") return false;
          return std::nullopt;
        },
        value);
  }
  void field(std::string_view name, std::string& value) override {
    set(
        name,
        [](std::string_view t) -> std::optional<std::string> {
          if (t.size() < 2 || t.front() != '"' || t.back() != '"') return std::nullopt;
          return std::string(t.substr(1, t.size() - 2));
        },
        value);
  }
  void field(std::string_view name, std::vector<int64_t>& value) override {
    set(name, parse_list, value);
  }
  void choice(std::string_view name, int& index, std::span<const std::string_view> names) override {
    set(
        name,
        [&](std::string_view t) -> std::optional<int> {
          const auto found = std::find(names.begin(), names.end(), t);
          if (found == names.end()) return std::nullopt;
          return static_cast<int>(found - names.begin());
        },
        index);
  }
  Status status() const {
    if (!bad_.empty()) return fail(Code::corrupt, "attribute ", bad_, " has a malformed value");
    for (const Assignment& a : assignments_) {
      if (!a.used) return fail(Code::corrupt, "there is no attribute '", printable(a.name), "'");
    }
    return {};
  }

 private:
  static std::optional<std::vector<int64_t>> parse_list(std::string_view text) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
    text = text.substr(1, text.size() - 2);
    std::vector<int64_t> list;
    if (text.empty()) return list;
    for (const std::string_view item : split(text, ';')) {
      const auto number = parse_int(item);
      if (!number) return std::nullopt;
      list.push_back(*number);
    }
    return list;
  }
  template <class Parse, class T>
  void set(std::string_view name, Parse parse, T& value) {
    for (Assignment& a : assignments_) {
      if (a.name != name) continue;
      a.used = true;
      if (auto parsed = parse(a.value)) {
        value = static_cast<T>(*parsed);
      } else {
        bad_ = cat(name, "=", printable(a.value));
      }
    }
  }
  std::vector<Assignment>& assignments_;
  std::string bad_;
};

}  // namespace

std::string Attrs::text() const {
  Printer printer;
  box_->visit(printer);  // a Printer changes nothing
  return printer.take();
}

Status Attrs::parse(std::string_view text) {
  HONE_TRY(auto assignments, split_assignments(text));
  Setter setter(assignments);
  box_->visit(setter);
  return setter.status();
}

}  // namespace hone
