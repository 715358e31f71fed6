#include "show_backends.h"

#include <algorithm>
#include <map>

#include "base/json.h"
#include "table.h"

namespace hone::cli {
namespace {

std::string reasons_of(const StepPlace& place) {
  std::string text = place.fell_back;
  for (const std::string& why : place.why_not) text += cat(text.empty() ? "" : "; ", why);
  return text;
}

std::string where_text(const StepPlace& place) {
  return place.subgraph < 0 ? place.backend : cat(place.backend, " ", place.subgraph);
}

// "mock: 61 steps in 3 subgraphs"
std::string totals_text(std::span<const StepPlace> places) {
  struct Total {
    size_t steps = 0;
    std::map<int, size_t> subgraphs;
  };
  std::map<std::string, Total> totals;
  for (const StepPlace& place : places) {
    Total& total = totals[place.backend];
    ++total.steps;
    if (place.subgraph >= 0) ++total.subgraphs[place.subgraph];
  }
  std::string text;
  for (const auto& [name, total] : totals) {
    text += cat(printable(name), ": ", total.steps, total.steps == 1 ? " step" : " steps");
    const size_t count = total.subgraphs.size();
    if (count > 0) text += cat(" in ", count, count == 1 ? " subgraph" : " subgraphs");
    text += "\n";
  }
  return text;
}

std::string text_of(std::span<const StepPlace> places, const Console& console) {
  Table table({{"STEP"}, {"OP"}, {"WHERE"}, {"WHY NOT ELSEWHERE"}}, "  ");
  for (const StepPlace& place : places) {
    table.row({printable(place.step), place.op, where_text(place), reasons_of(place)});
  }
  return table.text_for(console) + "\n" + totals_text(places);
}

Json json_of(std::span<const StepPlace> places) {
  Json list = Json::array();
  for (const StepPlace& place : places) {
    Json one = Json::object();
    one.set("step", place.step);
    one.set("op", place.op);
    one.set("backend", place.backend);
    if (place.subgraph >= 0) one.set("subgraph", place.subgraph);
    if (!place.fell_back.empty()) one.set("fell_back", place.fell_back);
    Json why = Json::array();
    for (const std::string& reason : place.why_not) why.push(reason);
    one.set("why_not", std::move(why));
    list.push(std::move(one));
  }
  return list;
}

}  // namespace

Expected<int> show_backends(const ModelFiles& files, bool json, Context& context) {
  HONE_TRY(const LoadedProgram model, load_program(files, {}));
  const std::vector<StepPlace> places = model.session->places();
  HONE_RETURN_IF_ERROR(context.console.print(json ? json_of(places).write(kJsonPretty) + "\n"
                                                  : text_of(places, context.console)));
  return 0;
}

void tell_fallbacks(const LoadedProgram& model, Console& console) {
  std::map<std::string, size_t> steps;
  for (const StepPlace& place : model.session->places()) {
    if (!place.fell_back.empty()) ++steps[place.fell_back];
  }
  for (const auto& [why, count] : steps) {
    console.note(cat("hone: back end ", why, "; ", count, count == 1 ? " step runs" : " steps run",
                     " on the CPU\n"));
  }
}

}  // namespace hone::cli
