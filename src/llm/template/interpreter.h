// Walks the tree of a template and prints.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "llm/template/ast.h"
#include "llm/template/builtins.h"

namespace hone::jinja {

// Names visible at a place; loops, macros and `with` open one. A name's text lives in the tree.
struct Scope {
  std::map<std::string_view, Value> names;
  std::shared_ptr<Scope> parent;
};

struct Macro {
  std::shared_ptr<const MacroDefinition> definition;
  std::weak_ptr<Scope> scope;  // where it was defined; weak, for the scope holds the macro
};

// Evaluations within each other: macros that call themselves end here.
inline constexpr int kMaxEvaluationDepth = 500;

class Interpreter {
 public:
  explicit Interpreter(Context& context) : context_(context) {}

  // `name` must outlive the interpreter.
  void define(std::string_view name, Value value) { scope_->names[name] = std::move(value); }
  // What the block prints. After an error, line() is where it happened.
  Expected<std::string> run(const Block& block);
  int line() const { return line_; }

 private:
  enum class Flow { normal, leave_loop, next_step };

  Expected<Flow> execute(const Block& block);
  Expected<Flow> execute(const Statement& statement);
  Expected<Flow> execute_if(const Statement& statement);
  Expected<Flow> execute_for(const Statement& statement);
  Expected<Flow> loop_step(const Statement& statement, std::shared_ptr<const List> items,
                           size_t index);
  Expected<std::shared_ptr<const List>> loop_items(const Statement& statement);
  Expected<Flow> execute_with(const Statement& statement);
  Status execute_set_block(const Statement& statement);
  Status execute_call_block(const Statement& statement);
  Status execute_filter_block(const Statement& statement);
  // The block's output instead of printing it.
  Expected<Value> capture(const Block& block);
  Expected<Value> captured_through(const Statement& statement);
  Status assign(const Target& target, const Value& value);
  Status print(const Value& value);

  Expected<Value> evaluate(const Expression& expression);
  Expected<Value> evaluate_kind(const Expression& expression);
  Expected<Value> evaluate_name(const Expression& expression);
  Expected<Values> evaluate_all(const std::vector<ExpressionPtr>& expressions);
  Expected<Value> evaluate_dict(const Expression& expression);
  Expected<Value> evaluate_subscript(const Expression& expression);
  Expected<Value> evaluate_slice(const Expression& expression);
  Expected<Value> evaluate_call(const Expression& expression, const Value* caller);
  Expected<Value> evaluate_builtin(const Expression& expression);
  Expected<Value> evaluate_binary(const Expression& expression);
  Expected<Value> evaluate_comparison(const Expression& expression);
  Expected<Value> evaluate_conditional(const Expression& expression);
  Expected<CallArguments> evaluate_arguments(const Expression& expression);
  Status spread(CallArguments& arguments, const Value& value);
  Expected<Value> call_macro(const Macro& macro, const CallArguments& arguments,
                             const Value* caller);
  Status bind_parameters(const MacroDefinition& macro, const CallArguments& arguments);

  Context& context_;
  std::shared_ptr<Scope> scope_ = std::make_shared<Scope>();
  std::string out_;
  int line_ = 1;
  int depth_ = 0;
};

}  // namespace hone::jinja
