// Statements; expressions are evaluate.cc's.
#include "llm/template/interpreter.h"

#include <utility>

namespace hone::jinja {

Expected<std::string> Interpreter::run(const Block& block) {
  HONE_TRY(const Flow flow, execute(block));
  (void)flow;
  return std::move(out_);
}

Expected<Interpreter::Flow> Interpreter::execute(const Block& block) {
  if (++depth_ > kMaxEvaluationDepth) {
    return fail(Code::limit_exceeded, "the chat template calls itself too deeply");
  }
  for (const Statement& statement : block) {
    HONE_TRY(const Flow flow, execute(statement));
    if (flow != Flow::normal) {
      --depth_;
      return flow;
    }
  }
  --depth_;
  return Flow::normal;
}

Expected<Interpreter::Flow> Interpreter::execute(const Statement& statement) {
  HONE_RETURN_IF_ERROR(context_.meter.charge(kNodeWork));
  line_ = statement.line;
  switch (statement.kind) {
    case Statement::Kind::text:
      HONE_RETURN_IF_ERROR(context_.meter.charge(statement.text.size()));
      out_ += statement.text;
      break;
    case Statement::Kind::output: {
      HONE_TRY(const Value value, evaluate(*statement.expressions[0]));
      HONE_RETURN_IF_ERROR(print(value));
      break;
    }
    case Statement::Kind::if_chain:
      return execute_if(statement);
    case Statement::Kind::for_loop:
      return execute_for(statement);
    case Statement::Kind::with:
      return execute_with(statement);
    case Statement::Kind::set: {
      HONE_TRY(const Value value, evaluate(*statement.expressions[0]));
      HONE_RETURN_IF_ERROR(assign(statement.target, value));
      break;
    }
    case Statement::Kind::set_block:
      HONE_RETURN_IF_ERROR(execute_set_block(statement));
      break;
    case Statement::Kind::call_block:
      HONE_RETURN_IF_ERROR(execute_call_block(statement));
      break;
    case Statement::Kind::filter_block:
      HONE_RETURN_IF_ERROR(execute_filter_block(statement));
      break;
    case Statement::Kind::macro:
      scope_->names[statement.macro->name] =
          Value(std::make_shared<const Macro>(Macro{statement.macro, scope_}));
      break;
    case Statement::Kind::loop_break:
      return Flow::leave_loop;
    case Statement::Kind::loop_continue:
      return Flow::next_step;
  }
  return Flow::normal;
}

Expected<Interpreter::Flow> Interpreter::execute_if(const Statement& statement) {
  for (size_t i = 0; i < statement.expressions.size(); ++i) {
    HONE_TRY(const Value condition, evaluate(*statement.expressions[i]));
    if (condition.truth()) return execute(statement.blocks[i]);
  }
  const bool has_else = statement.blocks.size() > statement.expressions.size();
  return has_else ? execute(statement.blocks.back()) : Flow::normal;
}

// The items that the loop's condition, if any, lets through.
Expected<std::shared_ptr<const List>> Interpreter::loop_items(const Statement& statement) {
  HONE_TRY(const Value value, evaluate(*statement.expressions[0]));
  HONE_TRY(std::shared_ptr<const List> items, items_of(context_.meter, value));
  const Expression* condition = statement.expressions[1].get();
  if (condition == nullptr) return items;
  Values kept;
  for (const Value& item : items->items) {
    const auto outer = std::exchange(scope_, std::make_shared<Scope>(Scope{{}, scope_}));
    HONE_RETURN_IF_ERROR(assign(statement.target, item));
    HONE_TRY(const Value keep, evaluate(*condition));
    if (keep.truth()) kept.push_back(item);
    scope_ = outer;
  }
  HONE_TRY(const Value list, make_list(context_.meter, std::move(kept)));
  return list.shared_list();
}

Expected<Interpreter::Flow> Interpreter::execute_for(const Statement& statement) {
  HONE_TRY(const std::shared_ptr<const List> items, loop_items(statement));
  if (items->items.empty()) {
    return statement.blocks.size() > 1 ? execute(statement.blocks[1]) : Flow::normal;
  }
  for (size_t i = 0; i < items->items.size(); ++i) {
    HONE_TRY(const Flow flow, loop_step(statement, items, i));
    if (flow == Flow::leave_loop) break;
  }
  return Flow::normal;
}

Expected<Interpreter::Flow> Interpreter::loop_step(const Statement& statement,
                                                   std::shared_ptr<const List> items,
                                                   size_t index) {
  HONE_RETURN_IF_ERROR(context_.meter.charge(4 * kItemWork));
  const auto outer = std::exchange(scope_, std::make_shared<Scope>(Scope{{}, scope_}));
  HONE_RETURN_IF_ERROR(assign(statement.target, items->items[index]));
  scope_->names["loop"] = Value(std::make_shared<const Loop>(Loop{std::move(items), index}));
  HONE_TRY(const Flow flow, execute(statement.blocks[0]));
  scope_ = outer;
  return flow;
}

Expected<Interpreter::Flow> Interpreter::execute_with(const Statement& statement) {
  HONE_TRY(const Values values, evaluate_all(statement.expressions));
  const auto outer = std::exchange(scope_, std::make_shared<Scope>(Scope{{}, scope_}));
  for (size_t i = 0; i < values.size(); ++i) scope_->names[statement.target.names[i]] = values[i];
  HONE_TRY(const Flow flow, execute(statement.blocks[0]));
  scope_ = outer;
  return flow;
}

Expected<Value> Interpreter::capture(const Block& block) {
  std::string outer = std::exchange(out_, {});
  const auto scope = std::exchange(scope_, std::make_shared<Scope>(Scope{{}, scope_}));
  HONE_TRY(const Flow flow, execute(block));
  (void)flow;
  scope_ = scope;
  return Value(std::exchange(out_, std::move(outer)));
}

// The printed block, through the filters that the statement names.
Expected<Value> Interpreter::captured_through(const Statement& statement) {
  HONE_TRY(const Value printed, capture(statement.blocks[0]));
  const auto outer = std::exchange(scope_, std::make_shared<Scope>(Scope{{}, scope_}));
  scope_->names[kBlockName] = printed;
  HONE_TRY(Value value, evaluate(*statement.expressions[0]));
  scope_ = outer;
  return value;
}

Status Interpreter::execute_set_block(const Statement& statement) {
  HONE_TRY(const Value value, captured_through(statement));
  return assign(statement.target, value);
}

Status Interpreter::execute_filter_block(const Statement& statement) {
  HONE_TRY(const Value value, captured_through(statement));
  return print(value);
}

Status Interpreter::execute_call_block(const Statement& statement) {
  const Value caller(std::make_shared<const Macro>(Macro{statement.macro, scope_}));
  HONE_TRY(const Value value, evaluate_call(*statement.expressions[0], &caller));
  return print(value);
}

Status Interpreter::assign(const Target& target, const Value& value) {
  if (!target.member.empty()) {
    const Scope* scope = scope_.get();
    while (scope != nullptr && !scope->names.contains(target.names[0])) scope = scope->parent.get();
    Namespace* space = scope == nullptr ? nullptr : scope->names.at(target.names[0]).name_space();
    if (space == nullptr) {
      return fail(Code::invalid_argument, "cannot assign attribute on non-namespace object '",
                  printable(target.names[0], 60), "'");
    }
    HONE_RETURN_IF_ERROR(context_.meter.charge(kItemWork + target.member.size()));
    space->members[target.member] = value;
    return {};
  }
  if (!target.unpacks) {
    scope_->names[target.names[0]] = value;
    return {};
  }
  HONE_RETURN_IF_ERROR(require_defined(value));
  HONE_TRY(const std::shared_ptr<const List> items, items_of(context_.meter, value));
  if (items->items.size() != target.names.size()) {
    return fail(Code::invalid_argument, items->items.size(), " values cannot be unpacked into ",
                target.names.size(), " names");
  }
  for (size_t i = 0; i < target.names.size(); ++i) scope_->names[target.names[i]] = items->items[i];
  return {};
}

Status Interpreter::print(const Value& value) {
  if (const std::string* text = value.text()) {
    HONE_RETURN_IF_ERROR(context_.meter.charge(text->size()));
    out_ += *text;
    return {};
  }
  HONE_TRY(const std::string text, to_text(context_.meter, value));
  out_ += text;
  return {};
}

}  // namespace hone::jinja
