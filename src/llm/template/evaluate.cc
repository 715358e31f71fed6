// The expression half of the interpreter.
#include <algorithm>
#include <utility>

#include "llm/template/interpreter.h"
#include "llm/template/operators.h"

namespace hone::jinja {

Expected<Value> Interpreter::evaluate(const Expression& expression) {
  HONE_RETURN_IF_ERROR(context_.meter.charge(kNodeWork));
  if (++depth_ > kMaxEvaluationDepth) {
    return fail(Code::limit_exceeded, "the chat template calls itself too deeply");
  }
  line_ = expression.line;
  auto value = evaluate_kind(expression);
  --depth_;
  return value;
}

Expected<Value> Interpreter::evaluate_kind(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::literal:
      return expression.value;
    case Expression::Kind::name:
      return evaluate_name(expression);
    case Expression::Kind::list:
    case Expression::Kind::tuple: {
      HONE_TRY(Values items, evaluate_all(expression.children));
      const bool tuple = expression.kind == Expression::Kind::tuple;
      return make_list(context_.meter, std::move(items), tuple ? Brackets::tuple : Brackets::list);
    }
    case Expression::Kind::dict:
      return evaluate_dict(expression);
    case Expression::Kind::attribute: {
      HONE_TRY(const Value value, evaluate(*expression.children[0]));
      return get_attribute(context_, value, expression.name);
    }
    case Expression::Kind::subscript:
      return evaluate_subscript(expression);
    case Expression::Kind::slice:
      return evaluate_slice(expression);
    case Expression::Kind::call:
      return evaluate_call(expression, nullptr);
    case Expression::Kind::filter:
    case Expression::Kind::test:
      return evaluate_builtin(expression);
    case Expression::Kind::unary: {
      HONE_TRY(const Value value, evaluate(*expression.children[0]));
      return apply_unary(expression.operators[0], value);
    }
    case Expression::Kind::binary:
      return evaluate_binary(expression);
    case Expression::Kind::comparison:
      return evaluate_comparison(expression);
    case Expression::Kind::conditional:
      return evaluate_conditional(expression);
  }
  return fail(Code::internal, "an expression of no kind");
}

Expected<Value> Interpreter::evaluate_name(const Expression& expression) {
  for (const Scope* scope = scope_.get(); scope != nullptr; scope = scope->parent.get()) {
    const auto found = scope->names.find(expression.name);
    if (found != scope->names.end()) return found->second;
  }
  if (const Builtin* function = find_function(expression.name)) return Value(function);
  return make_undefined(cat("'", printable(expression.name, 60), "' is undefined"));
}

Expected<Values> Interpreter::evaluate_all(const std::vector<ExpressionPtr>& expressions) {
  Values values;
  values.reserve(expressions.size());
  for (const ExpressionPtr& expression : expressions) {
    HONE_TRY(Value value, evaluate(*expression));
    values.push_back(std::move(value));
  }
  return values;
}

Expected<Value> Interpreter::evaluate_dict(const Expression& expression) {
  HONE_TRY(Values parts, evaluate_all(expression.children));
  Entries entries;
  for (size_t i = 0; i < parts.size(); i += 2) {
    HONE_RETURN_IF_ERROR(context_.meter.charge(entries.size()));
    size_t at = 0;
    while (at < entries.size()) {
      HONE_TRY(const bool same, equal(context_.meter, entries[at].first, parts[i]));
      if (same) break;
      ++at;
    }
    if (at == entries.size()) entries.emplace_back(parts[i], Value());
    entries[at].second = std::move(parts[i + 1]);
  }
  return make_dict(context_.meter, std::move(entries));
}

Expected<Value> Interpreter::evaluate_subscript(const Expression& expression) {
  HONE_TRY(const Value value, evaluate(*expression.children[0]));
  HONE_TRY(const Value key, evaluate(*expression.children[1]));
  return get_item(context_, value, key);
}

Expected<Value> Interpreter::evaluate_slice(const Expression& expression) {
  Values parts(4);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (expression.children[i] == nullptr) continue;
    HONE_TRY(parts[i], evaluate(*expression.children[i]));
  }
  return slice(context_.meter, parts[0], parts[1], parts[2], parts[3]);
}

Expected<CallArguments> Interpreter::evaluate_arguments(const Expression& expression) {
  CallArguments arguments;
  for (const Argument& argument : expression.arguments) {
    HONE_TRY(Value value, evaluate(*argument.value));
    if (argument.name.empty()) {
      arguments.positional.push_back(std::move(value));
    } else if (argument.name == "*") {
      HONE_TRY(const auto list, items_of(context_.meter, value));
      HONE_RETURN_IF_ERROR(context_.meter.charge(kItemWork * list->items.size()));
      auto& positional = arguments.positional;
      positional.insert(positional.end(), list->items.begin(), list->items.end());
    } else if (argument.name == "**") {
      HONE_RETURN_IF_ERROR(spread(arguments, value));
    } else {
      arguments.named.emplace_back(argument.name, std::move(value));
    }
  }
  return arguments;
}

// f(**value)
Status Interpreter::spread(CallArguments& arguments, const Value& value) {
  const Dict* dict = value.dict();
  if (dict == nullptr) {
    return fail(Code::invalid_argument, "argument after ** must be a mapping, not ",
                type_name(value));
  }
  HONE_RETURN_IF_ERROR(context_.meter.charge(kItemWork * dict->entries.size()));
  for (const auto& [key, item] : dict->entries) {
    if (key.text() == nullptr) return fail(Code::invalid_argument, "keywords must be strings");
    arguments.named.emplace_back(*key.text(), item);
  }
  arguments.sources.push_back(value);
  return {};
}

Expected<Value> Interpreter::evaluate_call(const Expression& expression, const Value* caller) {
  HONE_TRY(const Value callee, evaluate(*expression.children[0]));
  HONE_RETURN_IF_ERROR(require_defined(callee));
  HONE_TRY(const CallArguments arguments, evaluate_arguments(expression));
  if (const Macro* macro = callee.macro()) return call_macro(*macro, arguments, caller);
  if (const Method* method = callee.method()) {
    return call_builtin(context_, *method->builtin, method->self, arguments);
  }
  if (const Builtin* function = callee.function()) {
    return call_builtin(context_, *function, Value(), arguments);
  }
  return fail(Code::invalid_argument, "'", type_name(callee), "' object is not callable");
}

Expected<Value> Interpreter::call_macro(const Macro& macro, const CallArguments& arguments,
                                        const Value* caller) {
  const MacroDefinition& definition = *macro.definition;
  const std::shared_ptr<Scope> home = macro.scope.lock();
  if (home == nullptr) {
    return fail(Code::unsupported, "the macro '", printable(definition.name, 60),
                "' is called outside of the block that defines it");
  }
  const auto outer = std::exchange(scope_, std::make_shared<Scope>(Scope{{}, home}));
  HONE_RETURN_IF_ERROR(bind_parameters(definition, arguments));
  if (caller != nullptr) scope_->names["caller"] = *caller;
  HONE_TRY(Value printed, capture(*definition.body));
  scope_ = outer;
  return printed;
}

Status Interpreter::bind_parameters(const MacroDefinition& macro, const CallArguments& arguments) {
  const size_t count = macro.parameters.size();
  if (arguments.positional.size() > count) {
    return fail(Code::invalid_argument, "macro '", printable(macro.name, 60),
                "' takes not more than ", count, " argument(s)");
  }
  auto& names = scope_->names;
  for (size_t i = 0; i < arguments.positional.size(); ++i) {
    names[macro.parameters[i]] = arguments.positional[i];
  }
  for (const auto& [name, value] : arguments.named) {
    const auto parameter = std::ranges::find(macro.parameters, name);
    if (parameter == macro.parameters.end()) {
      return fail(Code::invalid_argument, "macro '", printable(macro.name, 60),
                  "' takes no argument '", printable(name, 60), "'");
    }
    names[*parameter] = value;
  }
  for (size_t i = 0; i < count; ++i) {
    if (names.contains(macro.parameters[i])) continue;
    const size_t first_default = count - macro.defaults.size();
    if (i < first_default) {
      names[macro.parameters[i]] = make_undefined(
          cat("parameter '", printable(macro.parameters[i], 60), "' was not provided"));
      continue;
    }
    HONE_TRY(names[macro.parameters[i]], evaluate(*macro.defaults[i - first_default]));
  }
  return {};
}

Expected<Value> Interpreter::evaluate_builtin(const Expression& expression) {
  if (expression.builtin == nullptr) {
    const bool filter = expression.kind == Expression::Kind::filter;
    return fail(Code::unsupported, "the ", filter ? "filter" : "test", " '",
                printable(expression.name, 60), "' is not supported");
  }
  HONE_TRY(const Value input, evaluate(*expression.children[0]));
  HONE_TRY(const CallArguments arguments, evaluate_arguments(expression));
  return call_builtin(context_, *expression.builtin, input, arguments);
}

Expected<Value> Interpreter::evaluate_binary(const Expression& expression) {
  const Operator op = expression.operators[0];
  HONE_TRY(Value left, evaluate(*expression.children[0]));
  if (op == Operator::logical_and && !left.truth()) return left;
  if (op == Operator::logical_or && left.truth()) return left;
  HONE_TRY(Value right, evaluate(*expression.children[1]));
  if (op == Operator::logical_and || op == Operator::logical_or) return right;
  return apply_binary(context_.meter, op, left, right);
}

Expected<Value> Interpreter::evaluate_comparison(const Expression& expression) {
  HONE_TRY(Value left, evaluate(*expression.children[0]));
  for (size_t i = 0; i < expression.operators.size(); ++i) {
    HONE_TRY(Value right, evaluate(*expression.children[i + 1]));
    HONE_TRY(const bool holds,
             apply_comparison(context_.meter, expression.operators[i], left, right));
    if (!holds) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Expected<Value> Interpreter::evaluate_conditional(const Expression& expression) {
  HONE_TRY(const Value condition, evaluate(*expression.children[1]));
  if (condition.truth()) return evaluate(*expression.children[0]);
  if (expression.children[2] != nullptr) return evaluate(*expression.children[2]);
  return make_undefined("an inline if without else has no value here");
}

}  // namespace hone::jinja
