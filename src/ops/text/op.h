// text: what is done with tensors of strings (ONNX Constant, StringConcat, StringSplit,
// StringNormalizer, Equal, Cast).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/attrs.h"

namespace hone {

enum class TextKind : uint8_t {
  constant,   // the strings in `list`, of shape `dims`
  concat,     // a, b: one behind the other, with NumPy's broadcasting
  equal,      // a, b: boolean, with NumPy's broadcasting
  split,      // x: its parts along a new last axis, filled up with "", and how many, i64
  normalize,  // x: changed in case, without the words in `list`
  print,      // numbers as text
  parse,      // text as numbers of dtype `to`
};
inline constexpr std::string_view kTextKindNames[] = {"constant",  "concat", "equal", "split",
                                                      "normalize", "print",  "parse"};

struct TextAttrs {
  enum class Case : uint8_t { none, lower, upper };
  TextKind kind = TextKind::constant;
  std::string list;           // strings as encode_list makes them
  std::vector<int64_t> dims;  // of constant
  std::string delimiter;      // of split; "": runs of white space
  int64_t most = -1;          // of split: cuts a string; -1: as many as there are
  Case to_case = Case::none;  // of normalize; of ASCII letters only
  bool fold_case = false;     // of normalize: words of the list fit in any case
  std::string to;             // of parse
  void visit(AttrVisitor& v);
};
inline constexpr std::string_view kTextCaseNames[] = {"none", "lower", "upper"};

inline void TextAttrs::visit(AttrVisitor& v) {
  v.field("kind", kind, kTextKindNames);
  v.field("list", list);
  v.field("dims", dims);
  v.field("delimiter", delimiter);
  v.field("most", most);
  v.field("to_case", to_case, kTextCaseNames);
  v.field("fold_case", fold_case);
  v.field("to", to);
}

// Strings as one: "5:hello2:yo".
std::string encode_list(const std::vector<std::string_view>& strings);
// Nothing if the text is malformed.
std::optional<std::vector<std::string>> decode_list(std::string_view text);

}  // namespace hone
