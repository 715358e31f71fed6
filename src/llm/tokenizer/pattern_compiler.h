// How pattern.cc makes its tables: parser, classes, subset construction. Not for other use.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "llm/tokenizer/pattern.h"

namespace hone {

inline constexpr uint32_t kDeadState = 0;
inline constexpr uint32_t kStartState = 1;
inline constexpr uint32_t kEndClass = 0;
inline constexpr size_t kUnicodeKinds = 16;

// A set of code points: explicit ranges and whole kinds (unicode_kind), perhaps all turned round.
struct CodePointSet {
  std::vector<std::pair<uint32_t, uint32_t>> ranges;
  uint16_t kinds = 0;  // bit k: every code point of kind k
  bool negated = false;

  bool contains(uint32_t point, uint8_t kind) const;
};

// One position of the NFA.
struct PatternNode {
  enum class Op : uint8_t {
    consume,  // one character of `set`, then `next`
    split,    // `next`, else `other`
    ahead,    // `next` if the next character is in `set`
    not_ahead,
    match,
  };
  Op op = Op::match;
  int set = -1;
  int next = -1;
  int other = -1;
};

// Reads the pattern into nodes. Every parse_ function returns the first node of what it read; the
// pattern is read from the right end of the NFA: `next` is where the part goes on.
class PatternParser {
 public:
  explicit PatternParser(std::string_view pattern) : pattern_(pattern) {}
  // The first node, or an error.
  Expected<int> parse();

  std::vector<PatternNode> nodes;
  std::vector<CodePointSet> sets;

 private:
  // A parsed piece before it is wired: a small tree.
  struct Piece {
    enum class Kind : uint8_t {
      set,
      ahead,
      not_ahead,
      sequence,
      choice,
      repeat
    } kind = Kind::sequence;
    int set = -1;
    int least = 1;
    int most = 1;  // kUnbounded: no limit
    std::vector<Piece> parts;
  };
  static constexpr int kUnbounded = -1;

  Piece parse_choice(int depth);
  Piece parse_sequence(int depth);
  Piece parse_atom(int depth);
  Piece parse_group(int depth);
  Piece parse_repeat(Piece atom);
  int parse_set();
  void parse_class_item(CodePointSet& set);
  uint32_t parse_escape(CodePointSet& set);
  int parse_number();
  uint32_t parse_hex();
  int add_set(CodePointSet set);
  int wire(const Piece& piece, int next);
  int wire_repeat(const Piece& piece, int next);
  int add(PatternNode node);

  bool at_end() const { return position_ >= pattern_.size(); }
  char peek() const { return at_end() ? '\0' : pattern_[position_]; }
  bool accept(std::string_view text);
  uint32_t next_point();
  void error(const char* what);

  std::string_view pattern_;
  size_t position_ = 0;
  const char* error_ = nullptr;
};

class PatternCompiler {
 public:
  explicit PatternCompiler(std::string_view pattern) : parser_(pattern) {}
  Expected<PatternDfa> run();

 private:
  using StateKey = std::vector<int>;  // NFA positions, most wanted first

  Status make_classes();
  uint8_t class_for(uint64_t signature);
  Status make_states();
  // Follows everything but `consume` from `node`; false once a match cut the rest off.
  bool expand(int node, uint32_t next_class, StateKey& out, std::vector<bool>& seen) const;
  bool in_set(int set, uint32_t character) const {
    return character != kEndClass && ((signatures_[character] >> set) & 1) != 0;
  }
  Expected<uint16_t> step(const StateKey& from, uint32_t character);
  Expected<uint32_t> state_for(const StateKey& key);

  PatternParser parser_;
  PatternDfa dfa_;
  std::vector<uint64_t> signatures_;  // by class: bit s is set if the class lies in set s
  std::map<StateKey, uint32_t> state_of_;
  std::vector<StateKey> states_;
};

}  // namespace hone
