// Expressions, with Jinja's precedence: or, and, not, comparison, + -, ~, * / // %, **, unary,
// postfix.
#include <algorithm>
#include <array>

#include "llm/template/builtins.h"
#include "llm/template/parser.h"
#include "llm/template/token_stream.h"

namespace hone::jinja {
namespace {

struct Infix {
  std::string_view symbol;
  Operator op;
  int level;
};

constexpr int kPowerLevel = 3;
constexpr std::array kInfix = {
    Infix{"+", Operator::add, 0},    Infix{"-", Operator::subtract, 0},
    Infix{"~", Operator::concat, 1}, Infix{"*", Operator::multiply, 2},
    Infix{"/", Operator::divide, 2}, Infix{"//", Operator::floor_divide, 2},
    Infix{"%", Operator::modulo, 2}, Infix{"**", Operator::power, kPowerLevel},
};

constexpr std::array kComparisons = {
    Infix{"==", Operator::equal, 0},  Infix{"!=", Operator::not_equal, 0},
    Infix{"<", Operator::less, 0},    Infix{"<=", Operator::less_equal, 0},
    Infix{">", Operator::greater, 0}, Infix{">=", Operator::greater_equal, 0},
};

}  // namespace

std::unique_ptr<Expression> ExpressionParser::make(Expression::Kind kind) const {
  auto expression = std::make_unique<Expression>();
  expression->kind = kind;
  expression->line = tokens_.line();
  return expression;
}

Expected<ExpressionPtr> ExpressionParser::done(std::unique_ptr<Expression> expression) const {
  int height = 0;
  for (const ExpressionPtr& child : expression->children) {
    if (child != nullptr) height = std::max(height, child->height);
  }
  for (const Argument& argument : expression->arguments) {
    height = std::max(height, argument.value->height);
  }
  expression->height = height + 1;
  if (expression->height > kMaxHeight) {
    return tokens_.error(Code::limit_exceeded, "an expression is nested too deeply");
  }
  return ExpressionPtr(std::move(expression));
}

Status ExpressionParser::enter() {
  if (++depth_ <= kMaxHeight) return {};
  return tokens_.error(Code::limit_exceeded, "an expression is nested too deeply");
}

Expected<ExpressionPtr> ExpressionParser::expression(Conditional conditional) {
  HONE_RETURN_IF_ERROR(enter());
  HONE_TRY(ExpressionPtr value, logical_or());
  while (conditional == Conditional::allowed && tokens_.at_name("if")) {
    auto node = make(Expression::Kind::conditional);
    tokens_.next();
    HONE_TRY(ExpressionPtr condition, logical_or());
    ExpressionPtr otherwise;
    if (tokens_.take_name("else")) {
      HONE_TRY(otherwise, expression());
    }
    node->children.push_back(std::move(value));
    node->children.push_back(std::move(condition));
    node->children.push_back(std::move(otherwise));
    HONE_TRY(value, done(std::move(node)));
  }
  leave();
  return value;
}

Expected<ExpressionPtr> ExpressionParser::tuple(Conditional conditional) {
  HONE_TRY(ExpressionPtr first, expression(conditional));
  if (!tokens_.at_symbol(",")) return first;
  auto node = make(Expression::Kind::tuple);
  node->children.push_back(std::move(first));
  while (tokens_.take_symbol(",")) {
    const bool ends = tokens_.at(Token::Kind::statement_end) ||
                      tokens_.at(Token::Kind::output_end) || tokens_.at_symbol(")");
    if (ends) break;
    HONE_TRY(ExpressionPtr item, expression(conditional));
    node->children.push_back(std::move(item));
  }
  return done(std::move(node));
}

Expected<ExpressionPtr> ExpressionParser::logical_or() {
  HONE_TRY(ExpressionPtr left, logical_and());
  while (tokens_.at_name("or")) {
    auto node = make(Expression::Kind::binary);
    tokens_.next();
    HONE_TRY(ExpressionPtr right, logical_and());
    node->operators.push_back(Operator::logical_or);
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    HONE_TRY(left, done(std::move(node)));
  }
  return left;
}

Expected<ExpressionPtr> ExpressionParser::logical_and() {
  HONE_TRY(ExpressionPtr left, logical_not());
  while (tokens_.at_name("and")) {
    auto node = make(Expression::Kind::binary);
    tokens_.next();
    HONE_TRY(ExpressionPtr right, logical_not());
    node->operators.push_back(Operator::logical_and);
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    HONE_TRY(left, done(std::move(node)));
  }
  return left;
}

Expected<ExpressionPtr> ExpressionParser::logical_not() {
  if (!tokens_.at_name("not")) return comparison();
  HONE_RETURN_IF_ERROR(enter());
  auto node = make(Expression::Kind::unary);
  tokens_.next();
  HONE_TRY(ExpressionPtr operand, logical_not());
  node->operators.push_back(Operator::logical_not);
  node->children.push_back(std::move(operand));
  leave();
  return done(std::move(node));
}

Expected<ExpressionPtr> ExpressionParser::comparison() {
  auto node = make(Expression::Kind::comparison);
  HONE_TRY(ExpressionPtr first, binary(0));
  node->children.push_back(std::move(first));
  while (true) {
    const auto found = std::ranges::find_if(
        kComparisons, [&](const Infix& infix) { return tokens_.at_symbol(infix.symbol); });
    if (found != kComparisons.end()) {
      tokens_.next();
      node->operators.push_back(found->op);
    } else if (tokens_.take_name("in")) {
      node->operators.push_back(Operator::in);
    } else if (tokens_.at_name("not") && tokens_.at_name("in", 1)) {
      tokens_.next();
      tokens_.next();
      node->operators.push_back(Operator::not_in);
    } else {
      break;
    }
    HONE_TRY(ExpressionPtr next, binary(0));
    node->children.push_back(std::move(next));
  }
  if (node->operators.empty()) return std::move(node->children[0]);
  return done(std::move(node));
}

Expected<ExpressionPtr> ExpressionParser::binary(int level) {
  if (level > kPowerLevel) return unary(Suffixes::all);
  HONE_TRY(ExpressionPtr left, binary(level + 1));
  while (true) {
    const auto found = std::ranges::find_if(kInfix, [&](const Infix& infix) {
      return infix.level == level && tokens_.at_symbol(infix.symbol);
    });
    if (found == kInfix.end()) return left;
    auto node = make(Expression::Kind::binary);
    tokens_.next();
    HONE_TRY(ExpressionPtr right, binary(level + 1));
    node->operators.push_back(found->op);
    node->children.push_back(std::move(left));
    node->children.push_back(std::move(right));
    HONE_TRY(left, done(std::move(node)));
  }
}

Expected<ExpressionPtr> ExpressionParser::unary(Suffixes suffixes) {
  HONE_RETURN_IF_ERROR(enter());
  ExpressionPtr value;
  if (tokens_.at_symbol("-") || tokens_.at_symbol("+")) {
    auto node = make(Expression::Kind::unary);
    node->operators.push_back(tokens_.next().value == "-" ? Operator::negate : Operator::plus);
    HONE_TRY(ExpressionPtr operand, unary(Suffixes::no_filters));
    node->children.push_back(std::move(operand));
    HONE_TRY(value, done(std::move(node)));
  } else {
    HONE_TRY(value, primary());
  }
  HONE_TRY(value, postfix(std::move(value)));
  while (suffixes == Suffixes::all) {
    if (tokens_.take_symbol("|")) {
      HONE_TRY(value, named_filter(std::move(value)));
    } else if (tokens_.at_name("is")) {
      HONE_TRY(value, test(std::move(value)));
    } else if (tokens_.at_symbol("(")) {
      HONE_TRY(value, call(std::move(value)));
    } else {
      break;
    }
  }
  leave();
  return value;
}

Expected<ExpressionPtr> ExpressionParser::primary() {
  switch (tokens_.peek().kind) {
    case Token::Kind::name:
      return name_or_literal();
    case Token::Kind::string:
      return string();
    case Token::Kind::integer:
      return integer();
    case Token::Kind::number: {
      auto node = make(Expression::Kind::literal);
      const auto value = parse_double(tokens_.peek().value);
      if (!value) return tokens_.error(Code::corrupt, "a number is out of range");
      tokens_.next();
      node->value = Value(*value);
      return done(std::move(node));
    }
    default:
      break;
  }
  if (tokens_.at_symbol("(")) return parenthesis();
  if (tokens_.at_symbol("[")) return list();
  if (tokens_.at_symbol("{")) return dict();
  return tokens_.unexpected("an expression");
}

Expected<ExpressionPtr> ExpressionParser::name_or_literal() {
  auto node = make(Expression::Kind::literal);
  const Token token = tokens_.next();
  const std::string_view name = token.value;
  if (name == "true" || name == "True") {
    node->value = Value(true);
  } else if (name == "false" || name == "False") {
    node->value = Value(false);
  } else if (name != "none" && name != "None") {
    node->kind = Expression::Kind::name;
    node->name = name;
  }
  return done(std::move(node));
}

// Strings side by side are one.
Expected<ExpressionPtr> ExpressionParser::string() {
  auto node = make(Expression::Kind::literal);
  std::string text;
  while (tokens_.at(Token::Kind::string)) text += tokens_.next().value;
  node->value = Value(std::move(text));
  return done(std::move(node));
}

Expected<ExpressionPtr> ExpressionParser::integer() {
  auto node = make(Expression::Kind::literal);
  const auto value = parse_int(tokens_.peek().value);
  if (!value) return tokens_.error(Code::corrupt, "a number is out of range");
  tokens_.next();
  node->value = Value(*value);
  return done(std::move(node));
}

Expected<ExpressionPtr> ExpressionParser::parenthesis() {
  auto empty = make(Expression::Kind::tuple);
  tokens_.next();
  if (tokens_.take_symbol(")")) return done(std::move(empty));
  HONE_TRY(ExpressionPtr value, tuple());
  HONE_RETURN_IF_ERROR(tokens_.expect_symbol(")"));
  return value;
}

Expected<ExpressionPtr> ExpressionParser::list() {
  auto node = make(Expression::Kind::list);
  tokens_.next();
  while (!tokens_.at_symbol("]")) {
    if (!node->children.empty()) HONE_RETURN_IF_ERROR(tokens_.expect_symbol(","));
    if (tokens_.at_symbol("]")) break;
    HONE_TRY(ExpressionPtr item, expression());
    node->children.push_back(std::move(item));
  }
  tokens_.next();
  return done(std::move(node));
}

Expected<ExpressionPtr> ExpressionParser::dict() {
  auto node = make(Expression::Kind::dict);
  tokens_.next();
  while (!tokens_.at_symbol("}")) {
    if (!node->children.empty()) HONE_RETURN_IF_ERROR(tokens_.expect_symbol(","));
    if (tokens_.at_symbol("}")) break;
    HONE_TRY(ExpressionPtr key, expression());
    HONE_RETURN_IF_ERROR(tokens_.expect_symbol(":"));
    HONE_TRY(ExpressionPtr value, expression());
    node->children.push_back(std::move(key));
    node->children.push_back(std::move(value));
  }
  tokens_.next();
  return done(std::move(node));
}

Expected<ExpressionPtr> ExpressionParser::postfix(ExpressionPtr input) {
  while (true) {
    if (tokens_.at_symbol(".")) {
      HONE_TRY(input, dotted(std::move(input)));
    } else if (tokens_.at_symbol("[")) {
      HONE_TRY(input, subscript(std::move(input)));
    } else if (tokens_.at_symbol("(")) {
      HONE_TRY(input, call(std::move(input)));
    } else {
      return input;
    }
  }
}

Expected<ExpressionPtr> ExpressionParser::dotted(ExpressionPtr input) {
  auto node = make(Expression::Kind::attribute);
  tokens_.next();
  node->children.push_back(std::move(input));
  if (tokens_.at(Token::Kind::name)) {
    node->name = tokens_.next().value;
    return done(std::move(node));
  }
  if (!tokens_.at(Token::Kind::integer)) return tokens_.unexpected("a name after '.'");
  node->kind = Expression::Kind::subscript;
  HONE_TRY(ExpressionPtr index, integer());
  node->children.push_back(std::move(index));
  return done(std::move(node));
}

Expected<ExpressionPtr> ExpressionParser::subscript(ExpressionPtr input) {
  auto node = make(Expression::Kind::subscript);
  tokens_.next();
  node->children.push_back(std::move(input));
  for (int part = 0; part < 3; ++part) {
    ExpressionPtr bound;
    if (!tokens_.at_symbol(":") && !tokens_.at_symbol("]")) {
      HONE_TRY(bound, tuple());
    }
    node->children.push_back(std::move(bound));
    if (!tokens_.at_symbol(":") || part == 2) break;
    tokens_.next();
    node->kind = Expression::Kind::slice;
  }
  HONE_RETURN_IF_ERROR(tokens_.expect_symbol("]"));
  if (node->kind == Expression::Kind::subscript && node->children[1] == nullptr) {
    return tokens_.error(Code::corrupt, "an empty subscript []");
  }
  if (node->kind == Expression::Kind::slice) node->children.resize(4);
  return done(std::move(node));
}

Expected<std::string> ExpressionParser::dotted_name(std::string_view what) {
  Expected<std::string> name = tokens_.expect_name(what);
  while (name && tokens_.take_symbol(".")) {
    const Expected<std::string> part = tokens_.expect_name(what);
    name = part ? Expected<std::string>(cat(*name, ".", *part)) : part;
  }
  return name;
}

Expected<ExpressionPtr> ExpressionParser::filters(ExpressionPtr input) {
  while (tokens_.take_symbol("|")) {
    HONE_TRY(input, named_filter(std::move(input)));
  }
  return input;
}

Expected<ExpressionPtr> ExpressionParser::named_filters(ExpressionPtr input) {
  HONE_TRY(input, named_filter(std::move(input)));
  return filters(std::move(input));
}

Expected<ExpressionPtr> ExpressionParser::named_filter(ExpressionPtr input) {
  auto node = make(Expression::Kind::filter);
  HONE_TRY(node->name, dotted_name("the name of a filter"));
  node->builtin = find_filter(node->name);
  node->children.push_back(std::move(input));
  if (tokens_.at_symbol("(")) {
    HONE_TRY(node->arguments, arguments());
  }
  return done(std::move(node));
}

Expected<ExpressionPtr> ExpressionParser::test(ExpressionPtr input) {
  auto node = make(Expression::Kind::test);
  tokens_.next();
  const bool negated = tokens_.take_name("not");
  HONE_TRY(node->name, dotted_name("the name of a test"));
  node->builtin = find_test(node->name);
  node->children.push_back(std::move(input));
  if (tokens_.at_symbol("(")) {
    HONE_TRY(node->arguments, arguments());
  } else {
    const Token::Kind kind = tokens_.peek().kind;
    const bool value = kind == Token::Kind::name || kind == Token::Kind::string ||
                       kind == Token::Kind::integer || kind == Token::Kind::number ||
                       tokens_.at_symbol("[") || tokens_.at_symbol("{");
    const bool keyword = tokens_.at_name("else") || tokens_.at_name("or") ||
                         tokens_.at_name("and") || tokens_.at_name("if") || tokens_.at_name("is") ||
                         tokens_.at_name("in") || tokens_.at_name("not");
    if (value && !keyword) {
      HONE_TRY(ExpressionPtr argument, primary());
      HONE_TRY(argument, postfix(std::move(argument)));
      node->arguments.push_back({{}, std::move(argument)});
    }
  }
  if (!negated) return done(std::move(node));
  auto negation = make(Expression::Kind::unary);
  negation->operators.push_back(Operator::logical_not);
  HONE_TRY(ExpressionPtr tested, done(std::move(node)));
  negation->children.push_back(std::move(tested));
  return done(std::move(negation));
}

Expected<ExpressionPtr> ExpressionParser::call(ExpressionPtr input) {
  auto node = make(Expression::Kind::call);
  node->children.push_back(std::move(input));
  HONE_TRY(node->arguments, arguments());
  return done(std::move(node));
}

Expected<std::vector<Argument>> ExpressionParser::arguments() {
  std::vector<Argument> out;
  tokens_.next();
  while (!tokens_.at_symbol(")")) {
    if (!out.empty()) HONE_RETURN_IF_ERROR(tokens_.expect_symbol(","));
    if (tokens_.at_symbol(")")) break;
    Argument argument;
    if (tokens_.at_symbol("*") || tokens_.at_symbol("**")) {
      argument.name = tokens_.next().value;
    } else if (tokens_.at(Token::Kind::name) && tokens_.at_symbol("=", 1)) {
      argument.name = tokens_.next().value;
      tokens_.next();
    } else if (!out.empty() && !out.back().name.empty() && out.back().name != "*") {
      return tokens_.error(Code::corrupt, "a positional argument follows a named one");
    }
    HONE_TRY(argument.value, expression());
    out.push_back(std::move(argument));
  }
  tokens_.next();
  return out;
}

}  // namespace hone::jinja
