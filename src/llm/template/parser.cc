// Statements; the expressions within them are parse_expression.cc's.
#include "llm/template/parser.h"

#include <algorithm>
#include <initializer_list>

#include "llm/template/token_stream.h"

namespace hone::jinja {

std::unexpected<Error> TokenStream::error(Code code, std::string_view what) const {
  return std::unexpected(Error{code, std::string(what), cat("line ", line())});
}

std::unexpected<Error> TokenStream::unexpected(std::string_view expected) const {
  std::string found;
  switch (peek().kind) {
    case Token::Kind::end:
      found = "the end of the template";
      break;
    case Token::Kind::output_end:
      found = "'}}'";
      break;
    case Token::Kind::statement_end:
      found = "'%}'";
      break;
    default:
      found = cat("'", printable(peek().value, 60), "'");
  }
  return error(Code::corrupt, cat("expected ", expected, ", found ", found));
}

Status TokenStream::expect_symbol(std::string_view symbol) {
  if (take_symbol(symbol)) return {};
  return unexpected(cat("'", symbol, "'"));
}

Status TokenStream::expect(Token::Kind kind, std::string_view what) {
  if (!at(kind)) return unexpected(what);
  next();
  return {};
}

Expected<std::string> TokenStream::expect_name(std::string_view what) {
  if (!at(Token::Kind::name)) return unexpected(what);
  return next().value;
}

namespace {

using Names = std::initializer_list<std::string_view>;

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)), expressions_(tokens_) {}

  Expected<Block> run() {
    HONE_TRY(Block block, statements({}));
    if (!tokens_.at(Token::Kind::end)) return tokens_.unexpected("the end of the template");
    return block;
  }

 private:
  // Statements up to a tag that begins with one of `ends`; its `{%` and name are left unread but
  // for the `{%`.
  Expected<Block> statements(Names ends) {
    if (++depth_ > kMaxHeight) {
      return tokens_.error(Code::limit_exceeded, "blocks are nested too deeply");
    }
    Block block;
    while (!tokens_.at(Token::Kind::end)) {
      if (tokens_.at(Token::Kind::statement_begin)) {
        const Token& name = tokens_.peek(1);
        const bool ends_here =
            name.kind == Token::Kind::name && std::ranges::find(ends, name.value) != ends.end();
        tokens_.next();
        if (ends_here) {
          --depth_;
          return block;
        }
        HONE_TRY(Statement made, statement());
        block.push_back(std::move(made));
      } else {
        HONE_TRY(Statement made, text_or_output());
        block.push_back(std::move(made));
      }
    }
    if (ends.size() > 0) {
      return tokens_.error(Code::corrupt,
                           cat("a block does not end: '", *(ends.end() - 1), "' is missing"));
    }
    --depth_;
    return block;
  }

  Statement make(Statement::Kind kind) const {
    Statement statement;
    statement.kind = kind;
    statement.line = tokens_.line();
    return statement;
  }

  Expected<Statement> text_or_output() {
    Statement made = make(Statement::Kind::text);
    if (tokens_.at(Token::Kind::text)) {
      made.text = tokens_.next().value;
      return made;
    }
    HONE_RETURN_IF_ERROR(tokens_.expect(Token::Kind::output_begin, "'{{'"));
    made.kind = Statement::Kind::output;
    HONE_TRY(ExpressionPtr value, expressions_.tuple());
    made.expressions.push_back(std::move(value));
    HONE_RETURN_IF_ERROR(tokens_.expect(Token::Kind::output_end, "'}}'"));
    return made;
  }

  Status end_tag() { return tokens_.expect(Token::Kind::statement_end, "'%}'"); }

  // `%}`, the block, and the closing tag whole.
  Expected<Block> body(std::string_view end) {
    HONE_RETURN_IF_ERROR(end_tag());
    HONE_TRY(Block block, statements({end}));
    tokens_.next();
    HONE_RETURN_IF_ERROR(end_tag());
    return block;
  }

  Expected<Statement> statement() {
    struct Entry {
      std::string_view name;
      Expected<Statement> (Parser::*parse)();
    };
    constexpr Entry kStatements[] = {
        {"if", &Parser::if_chain},      {"for", &Parser::for_loop},
        {"set", &Parser::set},          {"macro", &Parser::macro},
        {"call", &Parser::call_block},  {"filter", &Parser::filter_block},
        {"with", &Parser::with},        {"generation", &Parser::generation},
        {"break", &Parser::loop_break}, {"continue", &Parser::loop_continue},
    };
    if (!tokens_.at(Token::Kind::name)) return tokens_.unexpected("the name of a statement");
    const std::string name = tokens_.peek().value;
    const auto* found = std::ranges::find(kStatements, name, &Entry::name);
    if (found == std::end(kStatements)) {
      return tokens_.error(Code::unsupported, cat("the statement '", printable(name, 60),
                                                  "' is not known or does not belong here"));
    }
    tokens_.next();
    return (this->*found->parse)();
  }

  Expected<Statement> if_chain() {
    Statement made = make(Statement::Kind::if_chain);
    while (true) {
      HONE_TRY(ExpressionPtr condition, expressions_.tuple());
      HONE_RETURN_IF_ERROR(end_tag());
      made.expressions.push_back(std::move(condition));
      HONE_TRY(Block block, statements({"elif", "else", "endif"}));
      made.blocks.push_back(std::move(block));
      if (!tokens_.take_name("elif")) break;
    }
    if (tokens_.take_name("else")) {
      HONE_TRY(Block block, body("endif"));
      made.blocks.push_back(std::move(block));
      return made;
    }
    tokens_.next();
    HONE_RETURN_IF_ERROR(end_tag());
    return made;
  }

  Expected<Statement> for_loop() {
    Statement made = make(Statement::Kind::for_loop);
    HONE_TRY(made.target, target());
    if (!made.target.member.empty()) return tokens_.unexpected("a name to loop with");
    if (!tokens_.take_name("in")) return tokens_.unexpected("'in'");
    HONE_TRY(ExpressionPtr items, expressions_.tuple(ExpressionParser::Conditional::left));
    made.expressions.push_back(std::move(items));
    ExpressionPtr condition;
    if (tokens_.take_name("if")) {
      HONE_TRY(condition, expressions_.expression());
    }
    made.expressions.push_back(std::move(condition));
    if (tokens_.at_name("recursive")) {
      return tokens_.error(Code::unsupported, "recursive loops are not supported");
    }
    HONE_RETURN_IF_ERROR(end_tag());
    ++loops_;
    HONE_TRY(Block block, statements({"else", "endfor"}));
    --loops_;
    made.blocks.push_back(std::move(block));
    if (tokens_.take_name("else")) {
      HONE_TRY(Block otherwise, body("endfor"));
      made.blocks.push_back(std::move(otherwise));
      return made;
    }
    tokens_.next();
    HONE_RETURN_IF_ERROR(end_tag());
    return made;
  }

  Expected<Target> target() {
    Target out;
    const bool brackets = tokens_.take_symbol("(");
    HONE_TRY(std::string first, tokens_.expect_name("a name to assign to"));
    out.names.push_back(std::move(first));
    if (!brackets && tokens_.take_symbol(".")) {
      HONE_TRY(out.member, tokens_.expect_name("the name of a member"));
      return out;
    }
    while (tokens_.take_symbol(",")) {
      out.unpacks = true;
      if (!tokens_.at(Token::Kind::name) || tokens_.at_name("in")) break;
      out.names.push_back(tokens_.next().value);
    }
    if (brackets) HONE_RETURN_IF_ERROR(tokens_.expect_symbol(")"));
    return out;
  }

  Expected<Statement> set() {
    Statement made = make(Statement::Kind::set);
    HONE_TRY(made.target, target());
    if (tokens_.take_symbol("=")) {
      HONE_TRY(ExpressionPtr value, expressions_.tuple());
      made.expressions.push_back(std::move(value));
      HONE_RETURN_IF_ERROR(end_tag());
      return made;
    }
    made.kind = Statement::Kind::set_block;
    HONE_TRY(ExpressionPtr filters, expressions_.filters(block_value()));
    made.expressions.push_back(std::move(filters));
    HONE_TRY(Block block, body("endset"));
    made.blocks.push_back(std::move(block));
    return made;
  }

  ExpressionPtr block_value() const {
    auto value = std::make_unique<Expression>();
    value->kind = Expression::Kind::name;
    value->name = kBlockName;
    value->line = tokens_.line();
    return value;
  }

  Status parameters(MacroDefinition& macro) {
    HONE_RETURN_IF_ERROR(tokens_.expect_symbol("("));
    while (!tokens_.take_symbol(")")) {
      if (!macro.parameters.empty()) HONE_RETURN_IF_ERROR(tokens_.expect_symbol(","));
      HONE_TRY(std::string name, tokens_.expect_name("the name of a parameter"));
      macro.parameters.push_back(std::move(name));
      if (tokens_.take_symbol("=")) {
        HONE_TRY(ExpressionPtr value, expressions_.expression());
        macro.defaults.push_back(std::move(value));
      } else if (!macro.defaults.empty()) {
        return tokens_.error(Code::corrupt, "a parameter without default follows one with it");
      }
    }
    return {};
  }

  // A break inside a macro does not end a loop outside of it.
  Expected<std::shared_ptr<const Block>> macro_body(std::string_view end) {
    const int loops = std::exchange(loops_, 0);
    HONE_TRY(Block block, body(end));
    loops_ = loops;
    return std::make_shared<const Block>(std::move(block));
  }

  Expected<Statement> macro() {
    Statement made = make(Statement::Kind::macro);
    auto definition = std::make_shared<MacroDefinition>();
    HONE_TRY(definition->name, tokens_.expect_name("the name of a macro"));
    HONE_RETURN_IF_ERROR(parameters(*definition));
    HONE_TRY(definition->body, macro_body("endmacro"));
    made.macro = std::move(definition);
    return made;
  }

  Expected<Statement> call_block() {
    Statement made = make(Statement::Kind::call_block);
    auto caller = std::make_shared<MacroDefinition>();
    caller->name = "caller";
    if (tokens_.at_symbol("(")) HONE_RETURN_IF_ERROR(parameters(*caller));
    HONE_TRY(ExpressionPtr call, expressions_.expression());
    if (call->kind != Expression::Kind::call) return tokens_.unexpected("a call of a macro");
    made.expressions.push_back(std::move(call));
    HONE_TRY(caller->body, macro_body("endcall"));
    made.macro = std::move(caller);
    return made;
  }

  Expected<Statement> filter_block() {
    Statement made = make(Statement::Kind::filter_block);
    HONE_TRY(ExpressionPtr filters, expressions_.named_filters(block_value()));
    made.expressions.push_back(std::move(filters));
    HONE_TRY(Block block, body("endfilter"));
    made.blocks.push_back(std::move(block));
    return made;
  }

  Expected<Statement> with() {
    Statement made = make(Statement::Kind::with);
    while (!tokens_.at(Token::Kind::statement_end)) {
      if (!made.expressions.empty()) HONE_RETURN_IF_ERROR(tokens_.expect_symbol(","));
      HONE_TRY(std::string name, tokens_.expect_name("a name to assign to"));
      HONE_RETURN_IF_ERROR(tokens_.expect_symbol("="));
      HONE_TRY(ExpressionPtr value, expressions_.expression());
      made.target.names.push_back(std::move(name));
      made.expressions.push_back(std::move(value));
    }
    HONE_TRY(Block block, body("endwith"));
    made.blocks.push_back(std::move(block));
    return made;
  }

  // Marks what the assistant said, for training; prints as it is, in a scope of its own.
  Expected<Statement> generation() {
    Statement made = make(Statement::Kind::with);
    HONE_TRY(Block block, body("endgeneration"));
    made.blocks.push_back(std::move(block));
    return made;
  }

  Expected<Statement> loop_break() { return leave_loop(Statement::Kind::loop_break); }
  Expected<Statement> loop_continue() { return leave_loop(Statement::Kind::loop_continue); }
  Expected<Statement> leave_loop(Statement::Kind kind) {
    if (loops_ == 0) return tokens_.error(Code::corrupt, "break or continue outside of a loop");
    Statement made = make(kind);
    HONE_RETURN_IF_ERROR(end_tag());
    return made;
  }

  TokenStream tokens_;
  ExpressionParser expressions_;
  int depth_ = 0;
  int loops_ = 0;
};

}  // namespace

Expected<Block> parse_template(std::string_view source) {
  if (source.size() > kMaxSource) {
    return fail(Code::limit_exceeded, "the chat template has ", source.size(), " bytes; at most ",
                kMaxSource, " are allowed");
  }
  HONE_TRY(std::vector<Token> tokens, tokenize(source));
  return Parser(std::move(tokens)).run();
}

}  // namespace hone::jinja
