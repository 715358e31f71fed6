#include "show_engine.h"

#include <algorithm>
#include <map>

#include "backend/cpu/engine_targets.h"
#include "backend/cpu/processor.h"
#include "base/machine.h"
#include "compile_targets.h"
#include "engine/engine_file.h"
#include "golden_report.h"
#include "open/language_model_file.h"
#include "passes/plan.h"
#include "passes/program.h"
#include "table.h"

namespace hone::cli {
namespace {

struct LayoutShare {
  uint64_t weights = 0, bytes = 0;
};

// What is told of an engine; views point into `file`.
struct Told {
  EngineFile file;
  EngineProvenance provenance;
  std::optional<LanguageModelInfo> language_model;
  std::optional<Program> program;
  EngineInterface interface;
  WeightMap weights;
  std::map<std::string, LayoutShare> by_layout;
  EngineWeights index;  // with the targets
  std::optional<EngineGolden> golden;
  std::vector<Tuning> tunings;
};

Expected<Told> tell(const ModelFiles& files) {
  HONE_TRY(EngineFile file, open_engine(files));
  Told told{.file = std::move(file)};
  HONE_TRY(told.provenance, told.file.provenance());
  if (told.file.holds(section_kind::kLanguageModel)) {
    HONE_TRY(told.language_model, told.file.language_model());
  }
  if (told.file.holds(section_kind::kProgram)) {
    HONE_TRY(told.program, told.file.program());
    HONE_TRY(told.interface, told.file.interface());
  }
  if (told.file.holds(section_kind::kGolden)) {
    HONE_TRY(told.golden, told.file.golden());
  }
  HONE_TRY(told.weights, told.file.weights());
  HONE_TRY(told.index, told.file.weight_index());
  HONE_TRY(told.tunings, told.file.tunings());
  for (const auto& [name, stored] : told.weights.by_name) {
    for (const auto& [layout, bytes] : stored) {
      LayoutShare& share = told.by_layout[layout];
      ++share.weights;
      share.bytes += bytes.size();
    }
  }
  return told;
}

// "AuthenticAMD 25.17.1, avx512vnni: 12 of 41 kinds of steps by another kernel"
std::string tuning_text(const Tuning& tuning) {
  const auto changed = std::ranges::count_if(
      tuning.choices, [](const KernelChoice& one) { return one.us < one.default_us; });
  std::string text = cat(printable(tuning.processor), ": ", changed, " of ", tuning.choices.size(),
                         " kinds of steps by another kernel");
  if (tuning.processor != processor_key()) return text + "; this processor is another";
  if (tuning.build != build_id()) return text + "; this build of hone is another";
  return text;
}

using Rows = std::vector<std::pair<std::string, std::string>>;

Rows about_rows(const Told& told) {
  const EngineHeader& header = told.file.header();
  const EngineProvenance& from = told.provenance;
  Rows rows = {{"file", cat(printable(told.file.path(), 1000), " (", human_bytes(told.file.bytes()),
                            ", engine, format ", header.major, ".", header.minor, ")")},
               {"made of", cat(printable(from.source, 200), " (", human_bytes(from.source_bytes),
                               ", ", printable(from.source_format), ")")},
               {"source sha256", printable(from.source_sha256)},
               {"made by", printable(from.tool)}};
  if (from.release > 0) rows.emplace_back("release", cat(from.release));
  for (const EngineSignature& signature : told.file.signatures()) {
    rows.emplace_back("signature",
                      cat(printable(signature.algorithm), " by the key ",
                          hex({reinterpret_cast<const uint8_t*>(signature.key_id.data()),
                               signature.key_id.size()}),
                          ", not checked here: 'hone verify --trust'"));
  }
  if (!from.license.empty()) rows.emplace_back("license", printable(from.license));
  for (const Tuning& tuning : told.tunings) rows.emplace_back("tuned for", tuning_text(tuning));
  if (told.language_model) {
    const LanguageModelInfo& info = *told.language_model;
    rows.emplace_back("architecture", printable(info.architecture));
    rows.emplace_back("layers", cat(info.layers));
    rows.emplace_back("heads", cat(info.heads, " of ", info.head_dim, ", ", info.kv_heads,
                                   " for keys and values"));
    rows.emplace_back("vocabulary", cat(info.vocab_size, " tokens"));
    rows.emplace_back("context", cat(info.context_length, " tokens in training"));
  }
  return rows;
}

// Names and types; of outputs, the names that the model's users know.
struct EnginePort {
  std::string_view way, name;
  std::string type;
};

std::vector<EnginePort> engine_ports(const Told& told) {
  std::vector<EnginePort> ports;
  if (!told.program) return ports;
  const Program& program = *told.program;
  const auto type = [&](int32_t value) {
    return to_text(program.values[static_cast<size_t>(value)].type, program.symbols);
  };
  for (const int32_t input : program.inputs) {
    ports.push_back({"in", program.values[static_cast<size_t>(input)].name, type(input)});
  }
  for (size_t i = 0; i < told.interface.outputs.size() && i < program.outputs.size(); ++i) {
    ports.push_back({"out", told.interface.outputs[i], type(program.outputs[i])});
  }
  return ports;
}

std::string sections_text(const EngineFile& file, const Console& console) {
  Table table({{"SECTION"}, {"ROLE"}, {"AT BYTE", Align::right}, {"SIZE", Align::right}}, "  ");
  for (const EngineSection& section : file.sections()) {
    table.row({printable(section.kind), printable(section.role), cat(section.offset),
               human_bytes(section.bytes)});
  }
  return table.text_for(console);
}

std::string layouts_text(const Told& told, const Console& console) {
  Table table({{"LAYOUT"}, {"WEIGHTS", Align::right}, {"SIZE", Align::right}}, "  ");
  for (const auto& [layout, share] : told.by_layout) {
    table.row({printable(layout), cat(share.weights), human_bytes(share.bytes)});
  }
  return table.text_for(console);
}

// What each target reads of the weights, and what was stored for it alone.
std::string target_table(const EngineWeights& index, const Console& console) {
  Table table({{"TARGET"}, {"READS", Align::right}, {"MORE", Align::right}, {}}, "  ");
  const size_t nearest = nearest_target(index.targets, best_isa());
  const std::vector<TargetShare> shares = target_shares(index);
  for (size_t i = 0; i < shares.size(); ++i) {
    table.row({printable(shares[i].name), human_bytes(shares[i].bytes),
               i == 0 ? "" : human_bytes(shares[i].more_bytes), i == nearest ? "read here" : ""});
  }
  return table.text_for(console);
}

std::string weights_text(const WeightMap& weights, const Console& console) {
  Table table({{"WEIGHT"}, {"LAYOUT"}, {"SIZE", Align::right}}, "  ");
  for (const auto& [name, stored] : weights.by_name) {
    for (const auto& [layout, bytes] : stored) {
      table.row({printable(name), printable(layout), human_bytes(bytes.size())});
    }
  }
  return table.text_for(console);
}

std::string text_of(const EngineShow& show, const Told& told, const Console& console) {
  const auto title = [&](std::string_view text) {
    return cat(console.out_style(Style::bold, text), "\n");
  };
  const std::string& name =
      told.language_model ? told.language_model->name : told.provenance.source;
  Table about({{}, {}}, "  ");
  for (const auto& [key, value] : about_rows(told)) about.row({key, value});
  std::string text =
      title(name.empty() ? "A model without a name" : printable(name)) + about.text_for(console);
  if (const std::vector<EnginePort> ports = engine_ports(told); !ports.empty()) {
    Table values({{}, {}, {}}, "  ");
    for (const EnginePort& port : ports)
      values.row({std::string(port.way), printable(port.name), printable(port.type)});
    text += cat("\n", title("Inputs and outputs"), values.text_for(console));
  }
  text += cat("\n", title("Weights"), layouts_text(told, console));
  if (!told.index.targets.empty()) {
    text += cat("\n", title("Targets"), target_table(told.index, console));
  }
  if (show.tensors) text += cat("\n", weights_text(told.weights, console));
  if (told.golden) {
    text += cat("\n", title("Golden samples"), golden_list(*told.golden, console));
  }
  text += cat("\n", title("Sections"), sections_text(told.file, console));
  if (!show.files.task.is_null()) {
    text += cat("\n", title("Task"), show.files.task.write(kJsonPretty), "\n");
  }
  return text;
}

Json json_of(const ModelFiles& files, const Told& told) {
  Json json = Json::object();
  json.set("file", told.file.path());
  json.set("size_bytes", told.file.bytes());
  json.set("format", cat("hone ", told.file.header().major, ".", told.file.header().minor));
  const EngineProvenance& from = told.provenance;
  Json& provenance = json.set("provenance", Json::object());
  for (const auto& [key, value] : Rows{{"tool", from.tool},
                                       {"source", from.source},
                                       {"source_format", from.source_format},
                                       {"source_sha256", from.source_sha256},
                                       {"license", from.license}}) {
    provenance.set(key, value);
  }
  provenance.set("source_bytes", from.source_bytes);
  if (told.language_model) json.set("architecture", told.language_model->architecture);
  for (const std::string_view way : {"in", "out"}) {
    Json list = Json::array();
    for (const EnginePort& port : engine_ports(told)) {
      if (port.way != way) continue;
      Json one = Json::object();
      one.set("name", port.name);
      one.set("type", port.type);
      list.push(std::move(one));
    }
    if (told.program) json.set(way == "in" ? "inputs" : "outputs", std::move(list));
  }
  Json& layouts = json.set("weights_by_layout", Json::object());
  for (const auto& [layout, share] : told.by_layout) {
    Json& one = layouts.set(layout, Json::object());
    one.set("weights", share.weights);
    one.set("size_bytes", share.bytes);
  }
  json.set("targets", targets_json(target_shares(told.index)));
  Json& sections = json.set("sections", Json::array());
  for (const EngineSection& section : told.file.sections()) {
    Json one = Json::object();
    one.set("kind", section.kind);
    if (!section.role.empty()) one.set("role", section.role);
    one.set("offset", section.offset);
    one.set("size_bytes", section.bytes);
    sections.push(std::move(one));
  }
  if (told.golden) json.set("golden", golden_list_json(*told.golden));
  if (!files.task.is_null()) json.set("task", files.task);
  return json;
}

// Its lines hold names of the file's.
Expected<std::string> plan_text(const Told& told) {
  std::string text;
  if (told.program) {
    text = passes::to_text(*told.program);
  } else {
    HONE_TRY(const Plan plan, told.file.plan());
    text = passes::to_text(plan);
  }
  std::string shown;
  for (const std::string_view line : split(trim(text), '\n')) {
    shown += printable(line, line.size()) + "\n";
  }
  return shown;
}

}  // namespace

Expected<int> show_engine(const EngineShow& show, Context& context) {
  HONE_TRY(const Told told, tell(show.files));
  std::string text;
  if (show.plan) {
    HONE_TRY(text, plan_text(told));
  } else {
    text = show.json ? json_of(show.files, told).write(kJsonPretty) + "\n"
                     : text_of(show, told, context.console);
  }
  HONE_RETURN_IF_ERROR(context.console.print(text));
  return 0;
}

}  // namespace hone::cli
