#include "llm/tokenizer/pattern_compiler.h"

namespace hone {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxRepeat = 1024;

constexpr uint16_t kinds_of(UnicodeClass c) {
  return static_cast<uint16_t>(0x0101u << static_cast<unsigned>(c));
}
constexpr uint16_t kSpaceKinds = 0xFF00;
constexpr uint32_t kWholeClass = 0xFFFFFFFF;  // no code point: an escape that stands for many

}  // namespace

bool CodePointSet::contains(uint32_t point, uint8_t kind) const {
  bool inside = ((kinds >> kind) & 1) != 0;
  for (const auto& [first, last] : ranges) inside = inside || (point >= first && point <= last);
  return inside != negated;
}

Expected<int> PatternParser::parse() {
  const Piece piece = parse_choice(0);
  if (!at_end()) error("a closing parenthesis too many");
  if (error_ != nullptr) {
    return fail(Code::internal, "pattern '", pattern_, "' at ", position_, ": ", error_);
  }
  return wire(piece, add({.op = PatternNode::Op::match}));
}

void PatternParser::error(const char* what) {
  if (error_ == nullptr) error_ = what;
  pattern_ = pattern_.substr(0, position_);  // nothing more is read
}

bool PatternParser::accept(std::string_view text) {
  if (!pattern_.substr(position_).starts_with(text)) return false;
  position_ += text.size();
  return true;
}

uint32_t PatternParser::next_point() {
  if (at_end()) {
    error("the pattern ends too early");
    return 0;
  }
  const CodePoint point =
      decode_clean(pattern_.data() + position_, pattern_.data() + pattern_.size());
  position_ += point.size;
  return point.value;
}

int PatternParser::add(PatternNode node) {
  nodes.push_back(node);
  return static_cast<int>(nodes.size()) - 1;
}

int PatternParser::add_set(CodePointSet set) {
  sets.push_back(std::move(set));
  return static_cast<int>(sets.size()) - 1;
}

PatternParser::Piece PatternParser::parse_choice(int depth) {
  Piece choice{.kind = Piece::Kind::choice, .parts = {}};
  if (depth > kMaxDepth) {
    error("groups nest too deeply");
    return choice;
  }
  do {
    choice.parts.push_back(parse_sequence(depth));
  } while (accept("|"));
  return choice;
}

PatternParser::Piece PatternParser::parse_sequence(int depth) {
  Piece sequence{.kind = Piece::Kind::sequence, .parts = {}};
  while (!at_end() && peek() != '|' && peek() != ')') {
    sequence.parts.push_back(parse_repeat(parse_atom(depth)));
  }
  return sequence;
}

PatternParser::Piece PatternParser::parse_repeat(Piece atom) {
  int least = 1, most = 1;
  if (accept("?")) {
    least = 0;
  } else if (accept("*")) {
    least = 0;
    most = kUnbounded;
  } else if (accept("+")) {
    most = kUnbounded;
  } else if (accept("{")) {
    least = most = parse_number();
    if (accept(",")) most = parse_number();
    if (!accept("}")) error("a count in braces is not closed");
  } else {
    return atom;
  }
  Piece repeat{.kind = Piece::Kind::repeat, .least = least, .most = most, .parts = {}};
  repeat.parts.push_back(std::move(atom));
  return repeat;
}

int PatternParser::parse_number() {
  int value = 0;
  while (peek() >= '0' && peek() <= '9' && value < kMaxRepeat) {
    value = value * 10 + (pattern_[position_++] - '0');
  }
  if (value > kMaxRepeat) error("a count is too large");
  return value;
}

uint32_t PatternParser::parse_hex() {
  uint32_t value = 0;
  for (; !at_end() && peek() != '}' && value < kCodePoints; ++position_) {
    const uint32_t digit = static_cast<uint32_t>(peek()) - '0';
    value = value * 16 + (digit < 10 ? digit : digit - 7);  // 'A' - '0' is 17
  }
  if (!accept("}")) error("a code point is not closed");
  return value;
}

PatternParser::Piece PatternParser::parse_atom(int depth) {
  if (accept("(")) return parse_group(depth);
  return {.kind = Piece::Kind::set, .set = parse_set(), .parts = {}};
}

PatternParser::Piece PatternParser::parse_group(int depth) {
  Piece piece;
  if (accept("?=")) {
    piece = {.kind = Piece::Kind::ahead, .set = parse_set(), .parts = {}};
  } else if (accept("?!")) {
    piece = {.kind = Piece::Kind::not_ahead, .set = parse_set(), .parts = {}};
  } else {
    accept("?:");
    piece = parse_choice(depth + 1);
  }
  if (!accept(")")) error("a parenthesis is not closed");
  return piece;
}

// One character, an escape or a bracket expression.
int PatternParser::parse_set() {
  CodePointSet set;
  if (!accept("[")) {
    parse_class_item(set);
    return add_set(std::move(set));
  }
  set.negated = accept("^");
  while (!at_end() && peek() != ']') parse_class_item(set);
  if (!accept("]")) error("a bracket is not closed");
  return add_set(std::move(set));
}

// A character, a range or an escape; `-` before `]` stands for itself.
void PatternParser::parse_class_item(CodePointSet& set) {
  uint32_t first = next_point();
  if (first == '\\') first = parse_escape(set);
  if (first == kWholeClass) return;
  uint32_t last = first;
  const std::string_view rest = pattern_.substr(position_);
  if (rest.size() >= 2 && rest[0] == '-' && rest[1] != ']') {
    ++position_;
    last = next_point();
    if (last == '\\') last = parse_escape(set);
  }
  if (last < first) return error("a range is upside down");
  set.ranges.emplace_back(first, last);
}

// The escaped character, or kWholeClass when a whole class has been added to `set`.
uint32_t PatternParser::parse_escape(CodePointSet& set) {
  if (accept("r")) return '\r';
  if (accept("n")) return '\n';
  if (accept("t")) return '\t';
  if (accept("x{")) return parse_hex();
  if (accept("d")) {
    set.ranges.emplace_back('0', '9');
  } else if (accept("s")) {
    set.kinds |= kSpaceKinds;
  } else if (accept("S")) {
    set.kinds |= static_cast<uint16_t>(~kSpaceKinds);
  } else if (accept("p{L}")) {
    set.kinds |= kinds_of(UnicodeClass::letter);
  } else if (accept("p{N}")) {
    set.kinds |= kinds_of(UnicodeClass::number);
  } else if (accept("p{M}")) {
    set.kinds |= kinds_of(UnicodeClass::mark);
  } else if (accept("p{P}")) {
    set.kinds |= kinds_of(UnicodeClass::punctuation);
  } else if (accept("p{S}")) {
    set.kinds |= kinds_of(UnicodeClass::symbol);
  } else {
    return next_point();
  }
  return kWholeClass;
}

int PatternParser::wire(const Piece& piece, int next) {
  using Op = PatternNode::Op;
  using Kind = Piece::Kind;
  switch (piece.kind) {
    case Kind::set:
      return add({.op = Op::consume, .set = piece.set, .next = next});
    case Kind::ahead:
      return add({.op = Op::ahead, .set = piece.set, .next = next});
    case Kind::not_ahead:
      return add({.op = Op::not_ahead, .set = piece.set, .next = next});
    case Kind::repeat:
      return wire_repeat(piece, next);
    case Kind::sequence:
      for (size_t i = piece.parts.size(); i-- > 0;) next = wire(piece.parts[i], next);
      return next;
    case Kind::choice:
      break;
  }
  int chain = wire(piece.parts.back(), next);
  for (size_t i = piece.parts.size() - 1; i-- > 0;) {
    const int first = wire(piece.parts[i], next);
    chain = add({.op = Op::split, .next = first, .other = chain});
  }
  return chain;
}

int PatternParser::wire_repeat(const Piece& piece, int next) {
  const Piece& part = piece.parts[0];
  int tail = next;
  if (piece.most == kUnbounded) {
    const int loop = add({.op = PatternNode::Op::split, .other = next});
    const int body = wire(part, loop);
    nodes[static_cast<size_t>(loop)].next = body;
    tail = loop;
  } else {
    for (int i = piece.least; i < piece.most; ++i) {
      tail = add({.op = PatternNode::Op::split, .next = wire(part, tail), .other = next});
    }
  }
  for (int i = 0; i < piece.least; ++i) tail = wire(part, tail);
  return tail;
}

}  // namespace hone
