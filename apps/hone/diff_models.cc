#include "diff_models.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/cpu/target.h"
#include "ops/scale_grid.h"
#include "ops/shape_rules.h"
#include "passes/pipeline.h"

namespace hone::cli {
namespace {

constexpr int64_t kGroupBytes = int64_t{256} << 20;  // of values kept at once, a side
constexpr int64_t kUnknownBytes = int64_t{4} << 20;  // what a layer of unknown size counts as

int64_t bytes_of(const Layer& layer) {
  int64_t bytes = sizeof(float);
  if (!layer.shape) return kUnknownBytes;
  for (const Dim& dim : *layer.shape) {
    if (dim.is_symbol() || bytes > kGroupBytes) return std::max(bytes, kUnknownBytes);
    bytes *= std::max<int64_t>(dim.value(), 1);
  }
  return bytes;
}

// The graph's inputs, in order, without those behind them that are states.
std::vector<ir::ValueId> inputs_of(const ImportedProgram& imported) {
  std::vector<ir::ValueId> inputs;
  for (size_t i = 0; i < imported.graph.values.size(); ++i) {
    const ir::ValueId id{static_cast<int32_t>(i)};
    if (imported.graph[id].kind == ir::ValueKind::input) inputs.push_back(id);
  }
  inputs.resize(inputs.size() - std::min(inputs.size(), imported.states.size()));
  return inputs;
}

// What one number for all scales the codes of an input.
struct InputCodes {
  double scale = 0;
  double zero = 0;
};
std::optional<InputCodes> input_codes(const ir::Graph& graph, ir::ValueId input) {
  for (const ir::Node& node : graph.nodes) {
    if (node.op->name != "dequantize" || node.operands[0] != input) continue;
    const auto scale = known_doubles(ir::operand_type(graph[node.operands[1]]));
    if (!scale || scale->size() != 1) continue;
    InputCodes codes{(*scale)[0], 0};
    if (node.operands.size() > 2 && node.operands[2]) {
      const auto zero = known_doubles(ir::operand_type(graph[node.operands[2]]));
      if (!zero || zero->size() != 1) continue;
      codes.zero = (*zero)[0];
    }
    return codes;
  }
  return {};
}

// As encode_element takes them: rounded, within the dtype.
void to_codes(std::vector<double>& values, const InputCodes& codes) {
  for (double& v : values) v = std::nearbyint(v / codes.scale) + codes.zero;
}

Dims dims_for(const Dims& a, AxisOrder order) {
  std::vector<int64_t> sizes(a.sizes().begin(), a.sizes().end());
  if (order == AxisOrder::b_channels_last) {
    std::rotate(sizes.begin() + 1, sizes.begin() + 2, sizes.end());
  } else if (order == AxisOrder::b_channels_first) {
    std::rotate(sizes.begin() + 1, sizes.end() - 1, sizes.end());
  }
  return Dims(sizes);
}

AxisOrder reverse(AxisOrder order) {
  if (order == AxisOrder::b_channels_last) return AxisOrder::b_channels_first;
  if (order == AxisOrder::b_channels_first) return AxisOrder::b_channels_last;
  return order;
}

Expected<RunValue> converted(const RunValue& value, const std::optional<InputCodes>& from,
                             const ir::Value& to, const std::optional<InputCodes>& to_codes_of) {
  if (value.kind != RunValue::Kind::tensor || !to.type.is_tensor()) return value;
  const Tensor& tensor = value.tensor;
  const auto order = axis_order(tensor.dims().shape(), to.type.tensor.shape);
  if (!order) {
    return fail(Code::invalid_argument, "input '", printable(to.name), "' takes ",
                to_text(to.type.tensor.shape, {}), ", not ", to_text(tensor.dims().shape(), {}));
  }
  if (*order == AxisOrder::same && tensor.dtype() == to.type.tensor.dtype && !from) return value;
  HONE_TRY(std::vector<double> numbers, numbers_of(tensor));
  if (from) {
    for (double& v : numbers) v = (v - from->zero) * from->scale;
  }
  // The order says how b's axes lie; this goes from a's to b's.
  numbers = reordered(numbers, tensor.dims(), reverse(*order));
  if (to_codes_of) to_codes(numbers, *to_codes_of);
  HONE_TRY(Tensor made, tensor_of(numbers, to.type.tensor.dtype, dims_for(tensor.dims(), *order)));
  return RunValue(std::move(made));
}

void mark_jumps(DiffReport& report, const std::vector<Layer>& layers_a,
                const std::vector<std::optional<size_t>>& row_of, const DiffLimits& limits) {
  std::vector<double> error(layers_a.size());  // of what is not matched: its sources'
  for (size_t i = 0; i < layers_a.size(); ++i) {
    double above = 0;
    for (const size_t source : layers_a[i].sources) above = std::max(above, error[source]);
    error[i] = above;
    if (!row_of[i]) continue;
    LayerError& row = report.layers[*row_of[i]];
    const bool broken = row.error.not_finite > 0 || std::isnan(row.error.relative);
    error[i] = broken ? std::numeric_limits<double>::max() : row.error.relative;
    if (!(error[i] > limits.relative)) continue;
    if (!report.first_above) report.first_above = *row_of[i];
    row.jumps = error[i] > limits.jump * above;
    if (row.jumps && !report.first_jump) report.first_jump = *row_of[i];
  }
}

// Two networks share hardly any layers, or the first has other weights and so has half of the rest.
std::string strangers_in(const DiffReport& report) {
  constexpr double kAlike = 0.9, kRelated = 0.5;  // cosines
  const size_t joined = report.layers.size();
  const size_t most = std::min(report.layers_a, report.layers_b);
  if (2 * joined < most) {
    return cat("only ", joined, " of ", report.layers_a, " and ", report.layers_b,
               " layers can be the same");
  }
  const auto unrelated = static_cast<size_t>(std::ranges::count_if(
      report.layers, [](const LayerError& one) { return one.error.cosine < kRelated; }));
  if (joined < 2 || 2 * unrelated < joined || report.layers[0].error.cosine >= kAlike) return {};
  return cat(unrelated, " of ", joined, " layers have a cosine below ", kRelated,
             ", and the first differs already");
}

// What was not known before the run may be integers or no tensor.
bool is_real(const RunValue& value) {
  return value.kind == RunValue::Kind::tensor && is_float(value.tensor.dtype());
}

Status compare_group(const DiffSide& a, const DiffSide& b, const DiffInputs& inputs,
                     const std::vector<Layer>& layers_a, const std::vector<Layer>& layers_b,
                     std::span<const LayerPair> group, std::vector<std::optional<size_t>>& row_of,
                     DiffReport& report) {
  std::vector<ir::ValueId> values_a, values_b;
  for (const LayerPair& pair : group) {
    values_a.push_back(layers_a[pair.a].value);
    values_b.push_back(layers_b[pair.b].value);
  }
  HONE_TRY_CONTEXT(const std::vector<RunValue> made_a, a.run(inputs.a, values_a),
                   "the first model");
  HONE_TRY_CONTEXT(const std::vector<RunValue> made_b, b.run(inputs.b, values_b), "the second");
  for (size_t i = 0; i < group.size(); ++i) {
    const Layer& layer = layers_a[group[i].a];
    const RunValue &left = made_a[i], &right = made_b[i];
    if (!is_real(left) || !is_real(right)) continue;
    const auto order = axis_order(left.tensor.dims().shape(), right.tensor.dims().shape());
    if (!order) continue;  // sizes that showed when run do not fit
    LayerError row{.name = layer.name, .op = layer.op};
    if (layers_b[group[i].b].name != layer.name) row.name_b = layers_b[group[i].b].name;
    row.shape.assign(left.tensor.dims().sizes().begin(), left.tensor.dims().sizes().end());
    HONE_TRY(row.error, tensor_error(left.tensor, right.tensor, *order));
    row.is_output = std::ranges::count(a.imported.graph.outputs, layer.value) > 0;
    row_of[group[i].a] = report.layers.size();
    report.layers.push_back(std::move(row));
  }
  return {};
}

}  // namespace

Expected<DiffSide> DiffSide::open(const ModelFiles& files, Layers which, ProgramSettings settings) {
  DiffSide side;
  side.settings = settings;
  HONE_TRY_CONTEXT(side.imported, import_program(files), files.path);
  if (which == Layers::imported) return side;
  side.passes = Passes::done;
  HONE_TRY_CONTEXT(side.imported.graph,
                   passes::run_pipeline(std::move(side.imported.graph), cpu_target()), files.path);
  return side;
}

Expected<DiffSide> DiffSide::plain(const ModelFiles& files, int threads) {
  HONE_TRY(DiffSide side, open(files, Layers::imported, {.threads = threads, .isa = Isa::scalar}));
  for (const passes::Pass& pass : passes::all_passes()) {
    side.passes_left_out.emplace_back(pass.name);
  }
  return side;
}

Expected<std::vector<RunValue>> DiffSide::run(std::span<const RunValue> inputs,
                                              std::span<const ir::ValueId> values) const {
  ir::Graph graph = imported.graph;
  std::vector<size_t> place;  // of each value among the outputs, behind which the states stand
  for (const ir::ValueId value : values) {
    const auto states = graph.outputs.end() - static_cast<std::ptrdiff_t>(imported.states.size());
    const auto found = std::find(graph.outputs.begin(), states, value);
    place.push_back(static_cast<size_t>(found - graph.outputs.begin()));
    if (found == states) graph.outputs.insert(states, value);
  }
  if (passes == Passes::to_do) {
    HONE_TRY(graph, passes::run_pipeline(std::move(graph), cpu_target(),
                                         {.skip = passes_left_out, .observe = {}}));
  }
  HONE_TRY(const LoadedProgram loaded, open_program(imported, graph, settings));
  HONE_TRY(const std::vector<RunValue> outputs, loaded.session->run(inputs));
  std::vector<RunValue> made;
  for (const size_t at : place) made.push_back(outputs[at]);
  return made;
}

Expected<std::vector<RunValue>> inputs_for(const ImportedProgram& to, const ImportedProgram& from,
                                           std::span<const RunValue> inputs_a) {
  const ir::Graph &a = from.graph, &b = to.graph;
  const std::vector<ir::ValueId> of_a = inputs_of(from), of_b = inputs_of(to);
  if (of_a.size() != of_b.size() || of_a.size() != inputs_a.size()) {
    return fail(Code::invalid_argument, "the models take ", of_a.size(), " and ", of_b.size(),
                " inputs, so they cannot be given the same");
  }
  std::vector<RunValue> made;
  for (size_t i = 0; i < of_b.size(); ++i) {
    size_t source = i;
    for (size_t j = 0; j < of_a.size(); ++j) {
      if (a[of_a[j]].name == b[of_b[i]].name) source = j;
    }
    HONE_TRY(RunValue value, converted(inputs_a[source], input_codes(a, of_a[source]), b[of_b[i]],
                                       input_codes(b, of_b[i])));
    made.push_back(std::move(value));
  }
  return made;
}

Expected<DiffReport> diff_models(const DiffSide& a, const DiffSide& b, const DiffInputs& inputs,
                                 const DiffLimits& limits, const DiffProgress& progress) {
  const std::vector<Layer> layers_a = list_layers(a.imported.graph);
  const std::vector<Layer> layers_b = list_layers(b.imported.graph);
  const std::vector<LayerPair> pairs = match_layers(layers_a, layers_b);
  DiffReport report{.layers_a = layers_a.size(), .layers_b = layers_b.size()};
  std::vector<std::optional<size_t>> row_of(layers_a.size());
  for (size_t first = 0, next = 0; first < pairs.size(); first = next) {
    int64_t bytes = 0;
    for (; next < pairs.size() && (next == first || bytes < kGroupBytes); ++next) {
      bytes += bytes_of(layers_a[pairs[next].a]);
    }
    HONE_RETURN_IF_ERROR(progress(first, pairs.size()));
    HONE_RETURN_IF_ERROR(compare_group(a, b, inputs, layers_a, layers_b,
                                       std::span(pairs).subspan(first, next - first), row_of,
                                       report));
  }
  mark_jumps(report, layers_a, row_of, limits);
  report.strangers = strangers_in(report);
  return report;
}

}  // namespace hone::cli
