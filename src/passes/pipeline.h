// Passes over graphs: named, timed, skippable, dumped on request, and verified after each.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace hone::passes {

// What a target's kernels want, as data: passes know no back end.
struct TargetDesc {
  // Weights of these dtypes are multiplied with activations quantized to q8_a.
  std::vector<DType> quantized_matmul;
  // Those of them that are also multiplied canonical: such a weight stays so if rows are gathered
  // from it.
  std::vector<DType> canonical_matmul;
  // The layout of a weight that matmuls read, by dtype; others stay canonical.
  std::string_view (*matmul_layout)(DType) = nullptr;
};

// The CPU back end's wishes on any instruction set.
TargetDesc cpu_target();

struct Pass {
  std::string_view name;
  Expected<ir::Graph> (*run)(ir::Graph, const TargetDesc&);
};

// In the order they run.
std::span<const Pass> all_passes();

struct PipelineOptions {
  std::vector<std::string> skip;  // names of passes to leave out
  // Called after each pass with its name, its time and the graph.
  std::function<void(std::string_view pass, double ms, const ir::Graph&)> observe;
};

Expected<ir::Graph> run_pipeline(ir::Graph graph, const TargetDesc& target,
                                 const PipelineOptions& options = {});

}  // namespace hone::passes
