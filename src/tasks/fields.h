// Members of a task's description, with errors that name them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace hone {

// Views an object of a task, which must outlive this; of what is absent, every member is unset.
class Fields {
 public:
  // `name` is how errors call it: "output".
  static Expected<Fields> of(const Json& task, std::string_view name);
  static Fields whole(const Json& task) { return {&task, ""}; }

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const Json* find(std::string_view name) const;

  // What is unset is `otherwise`; another kind, or a number outside of the limits, is refused.
  Expected<double> number(std::string_view name, double otherwise, double least, double most) const;
  Expected<int> integer(std::string_view name, int otherwise, int least, int most) const;
  Expected<std::string> text(std::string_view name, std::string_view otherwise = "") const;
  // A text counts as a list of one.
  Expected<std::vector<std::string>> texts(std::string_view name) const;
  Expected<std::vector<int>> integers(std::string_view name, int least, int most) const;
  enum class Flag : uint8_t { no, yes };
  Expected<Flag> flag(std::string_view name, Flag otherwise) const;

  std::unexpected<Error> wrong(std::string_view name, std::string_view wanted) const;

 private:
  Fields(const Json* object, std::string_view name) : object_(object), name_(name) {}

  const Json* object_;  // may be null
  std::string name_;
};

}  // namespace hone
