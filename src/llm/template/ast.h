// The tree of a parsed template: plain data, never changed after parsing.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "llm/template/value.h"

namespace hone::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;

struct Argument {
  std::string name;  // empty: positional; "*" and "**": from a list, from a dict
  ExpressionPtr value;
};

enum class Operator : uint8_t {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  modulo,
  power,
  concat,
  logical_and,
  logical_or,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  not_in,
  negate,
  plus,
  logical_not,
};

struct Expression {
  enum class Kind : uint8_t {
    literal,      // value
    name,         // name
    list,         // children
    tuple,        // children
    dict,         // children: key, value, key, value ...
    attribute,    // children[0].name
    subscript,    // children[0][children[1]]
    slice,        // children[0][children[1]:children[2]:children[3]], each may be null
    call,         // children[0](arguments)
    filter,       // children[0] | builtin(arguments)
    test,         // children[0] is builtin(arguments)
    unary,        // operators[0] children[0]
    binary,       // children[0] operators[0] children[1]
    comparison,   // children[0] operators[0] children[1] operators[1] children[2] ...
    conditional,  // children[0] if children[1] else children[2], which may be null
  };
  Kind kind = Kind::literal;
  int line = 0;
  int height = 1;  // levels of the tree below, itself included
  Value value;
  std::string name;
  const Builtin* builtin = nullptr;  // null: unknown, an error when it is evaluated
  std::vector<Operator> operators;
  std::vector<ExpressionPtr> children;
  std::vector<Argument> arguments;
};

// What a set or for assigns to.
struct Target {
  std::vector<std::string> names;  // more than one: the value is unpacked
  std::string member;              // names[0] is a namespace whose member is set
  bool unpacks = false;
};

struct Statement;
using Block = std::vector<Statement>;

struct MacroDefinition {
  std::string name;
  std::vector<std::string> parameters;
  std::vector<ExpressionPtr> defaults;  // of the last parameters
  std::shared_ptr<const Block> body;    // alive as long as a macro value needs it
};

struct Statement {
  enum class Kind : uint8_t {
    text,          // text
    output,        // expression
    if_chain,      // expressions[i] guards blocks[i]; one block more: else
    for_loop,      // target in expressions[0] if expressions[1] (may be null); blocks: body, else
    set,           // target = expressions[0]
    set_block,     // target = printed blocks[0], through expressions[0] (filters) if not null
    macro,         // macro
    call_block,    // expressions[0] is a call; macro is its caller()
    filter_block,  // expressions[0] (filters) of printed blocks[0]
    with,          // target names = expressions, in blocks[0]
    loop_break,
    loop_continue,
  };
  Kind kind = Kind::text;
  int line = 0;
  std::string text;
  Target target;
  std::vector<ExpressionPtr> expressions;
  std::vector<Block> blocks;
  std::shared_ptr<const MacroDefinition> macro;
};

// Where a filter chain gets the printed block from: the innermost child of a set_block's or
// filter_block's expression is a name expression with this name, which no template can write.
inline constexpr std::string_view kBlockName = "(block)";

}  // namespace hone::jinja
