#include "engine/check_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace hone {
namespace {

using ::testing::HasSubstr;

PlanStep step(std::string_view op, std::vector<int32_t> operands, int32_t result, int32_t group) {
  const OpDef* def = find_op(op);
  PlanStep made{.op = def, .name = std::string(op), .attrs = def->default_attrs()};
  made.operands = std::move(operands);
  made.results = {result};
  made.group = group;
  return made;
}

// y = |x|, z is y under another shape, w = |z|; v is a weight that a product reads.
Plan sound() {
  const TensorType row{DType::f32, {Dim(4)}};
  Plan plan;
  plan.values = {{.name = "x", .type = row, .storage = Storage::input},
                 {.name = "y", .type = row},
                 {.name = "z", .type = row, .storage = Storage::alias, .alias_of = 1},
                 {.name = "w", .type = row},
                 {.name = "v", .type = row, .storage = Storage::weight}};
  plan.inputs = {0};
  plan.steps = {step("unary", {0}, 1, 0), step("reshape", {1, -1}, 2, 0), step("unary", {2}, 3, 1)};
  plan.steps[1].kind = PlanStep::Kind::alias;
  plan.outputs = {3};
  return plan;
}

TEST(CheckProgram, ASoundPlanPasses) {
  const Status status = check_plan(sound());
  EXPECT_TRUE(status) << status.error().text();
}

struct Forgery {
  std::string_view says;
  std::function<void(Plan&)> change;
};

TEST(CheckProgram, APlanThatLeadsAstrayIsRefused) {
  const Forgery forgeries[] = {
      {"its result does not stand", [](Plan& p) { p.values[2].alias_of = 0; }},
      {"not have its operand",
       [](Plan& p) {
         p.steps[1] = step("unary", {1}, 2, 0);
         p.steps[1].kind = PlanStep::Kind::alias;
       }},
      {"not have its operand", [](Plan& p) { p.values[2].storage = Storage::arena; }},
      {"writes over another value",
       [](Plan& p) {
         p.values[1].storage = Storage::alias;
         p.values[1].alias_of = p.values[2].alias_of = 0;
       }},
      {"reads what its own group makes", [](Plan& p) { p.steps[2].group = 0; }},
      {"comes after a later one", [](Plan& p) { p.steps[0].group = 3; }},
      {"is no value", [](Plan& p) { p.steps[0].operands = {9}; }},
      {"operands", [](Plan& p) { p.steps[0].operands = {}; }},
      {"made twice", [](Plan& p) { p.steps[2].results = {1}; }},
      {"before it is made", [](Plan& p) { p.steps[0].operands = {3}; }},
      {"never made", [](Plan& p) { p.steps.pop_back(); }},
      {"no value of its own", [](Plan& p) { p.inputs = {1}; }},
      {"of another alias", [](Plan& p) { p.values[2].alias_of = 2; }},
      {"of another alias",
       [](Plan& p) {
         p.values[3].storage = Storage::alias;
         p.values[3].alias_of = 2;
       }},
      {"an alias of no value", [](Plan& p) { p.values[2].alias_of = 5; }},
      {"inputs is not complete", [](Plan& p) { p.values[4].storage = Storage::input; }},
      {"no outputs", [](Plan& p) { p.outputs.clear(); }},
      {"has a layout", [](Plan& p) { p.values[0].layout = "q8_0.x16.v1"; }},
      {"of packed bytes",
       [](Plan& p) {
         p.values[4].layout = "q8_0.x16.v1";
         p.values[2].alias_of = 4;
       }},
      {"cannot be", [](Plan& p) { p.values[4].type.dtype = DType::string; }},
      {"cannot be", [](Plan& p) { p.values[4].type.shape = {Dim::unknown()}; }},
      {"unknown symbol", [](Plan& p) { p.values[0].type.shape = {Dim::symbol(3)}; }},
      {"an output is a state", [](Plan& p) {
         p.values[4] = {
             .name = "s", .type = {DType::f16, {Dim(1), Dim(8)}}, .storage = Storage::state};
         p.outputs = {4};
       }}};
  for (const Forgery& forgery : forgeries) {
    Plan plan = sound();
    forgery.change(plan);
    const Status status = check_plan(plan);
    ASSERT_FALSE(status) << forgery.says;
    EXPECT_THAT(status.error().text(), HasSubstr(forgery.says));
  }
}

// A state that stays as it is, of so many numbers.
Program with_state(int64_t elements) {
  Program program;
  program.values = {{"s", TensorType{DType::f32, {Dim(elements)}}}};
  program.outputs = {0};
  program.states = {{.input = 0, .output = 0, .initial = nullptr}};
  return program;
}

TEST(CheckProgram, StatesAndItemsAreBounded) {
  EXPECT_TRUE(check_program(with_state(1 << 10)));
  const Status large = check_program(with_state(1 << 29));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Code::limit_exceeded);
  Program many = with_state(1);
  many.items.resize(1 << 15);
  EXPECT_THAT(check_program(many).error().text(), HasSubstr("more than 16384 items"));
}

TEST(CheckProgram, BodiesHaveNoStates) {
  Program program = with_state(1);
  program.items.resize(1);
  program.items[0].plan = sound();
  program.items[0].kind = ProgramItem::Kind::branch;
  program.items[0].step = step("branch", {}, 0, 0);
  program.values.push_back({"c", TensorType{DType::boolean, {}}});
  program.inputs = {1};
  program.items[0].operands = {1};
  Program body = with_state(1);
  body.outputs.clear();
  program.items[0].bodies = {body, body};
  EXPECT_THAT(check_program(program).error().text(), HasSubstr("a body has states"));
}

}  // namespace
}  // namespace hone
