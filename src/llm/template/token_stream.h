// A cursor over the tokens of a template, for the two halves of the parser.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "llm/template/ast.h"
#include "llm/template/lexer.h"

namespace hone::jinja {

class TokenStream {
 public:
  // `tokens` ends with Token::Kind::end.
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& peek(size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  Token next() {
    Token token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  bool at(Token::Kind kind) const { return peek().kind == kind; }
  bool at_symbol(std::string_view symbol, size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::symbol && peek(ahead).value == symbol;
  }
  bool at_name(std::string_view name, size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::name && peek(ahead).value == name;
  }
  bool take_symbol(std::string_view symbol) {
    const bool found = at_symbol(symbol);
    if (found) next();
    return found;
  }
  bool take_name(std::string_view name) {
    const bool found = at_name(name);
    if (found) next();
    return found;
  }
  Status expect_symbol(std::string_view symbol);
  Status expect(Token::Kind kind, std::string_view what);
  Expected<std::string> expect_name(std::string_view what);

  int line() const { return peek().line; }
  std::unexpected<Error> error(Code code, std::string_view what) const;
  // "expected X, found Y"
  std::unexpected<Error> unexpected(std::string_view expected) const;

 private:
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

// The expression half of the parser.
class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& tokens) : tokens_(tokens) {}

  enum class Conditional { allowed, left };  // left: an `if` that follows belongs to the caller

  Expected<ExpressionPtr> expression(Conditional conditional = Conditional::allowed);
  // An expression, or several separated by commas as a tuple.
  Expected<ExpressionPtr> tuple(Conditional conditional = Conditional::allowed);
  // `| name(arguments)` and so on, applied to `input`; nothing if no filter follows.
  Expected<ExpressionPtr> filters(ExpressionPtr input);
  // The same where the first filter stands without its `|`, as in {% filter upper | trim %}.
  Expected<ExpressionPtr> named_filters(ExpressionPtr input);

 private:
  Expected<ExpressionPtr> logical_or();
  Expected<ExpressionPtr> logical_and();
  Expected<ExpressionPtr> logical_not();
  Expected<ExpressionPtr> comparison();
  Expected<ExpressionPtr> binary(int level);
  enum class Suffixes { all, no_filters };
  Expected<ExpressionPtr> unary(Suffixes suffixes);
  Expected<ExpressionPtr> primary();
  Expected<ExpressionPtr> name_or_literal();
  Expected<ExpressionPtr> string();
  Expected<ExpressionPtr> integer();
  Expected<ExpressionPtr> parenthesis();
  Expected<ExpressionPtr> list();
  Expected<ExpressionPtr> dict();
  Expected<ExpressionPtr> postfix(ExpressionPtr input);
  Expected<ExpressionPtr> dotted(ExpressionPtr input);
  Expected<ExpressionPtr> subscript(ExpressionPtr input);
  Expected<ExpressionPtr> named_filter(ExpressionPtr input);
  Expected<ExpressionPtr> test(ExpressionPtr input);
  Expected<ExpressionPtr> call(ExpressionPtr input);
  Expected<std::vector<Argument>> arguments();
  Expected<std::string> dotted_name(std::string_view what);

  std::unique_ptr<Expression> make(Expression::Kind kind) const;
  // Computes the height and refuses what is too deep to walk.
  Expected<ExpressionPtr> done(std::unique_ptr<Expression> expression) const;
  Status enter();
  void leave() { --depth_; }

  TokenStream& tokens_;
  int depth_ = 0;
};

}  // namespace hone::jinja
