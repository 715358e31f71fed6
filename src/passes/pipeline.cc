#include "passes/pipeline.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "ir/rewrite.h"
#include "ir/verify.h"
#include "passes/fold.h"
#include "passes/fuse.h"
#include "passes/quantize.h"
#include "passes/quantized.h"
#include "passes/transpose.h"

namespace hone::passes {
namespace {

constexpr std::array kPasses = {
    Pass{"fold_but_dequantize", fold_but_dequantize},
    Pass{"cancel_transposes", cancel_transposes},
    Pass{"sink_dequantize", sink_dequantize},
    Pass{"fold_quantized", fold_quantized},
    Pass{"drop_floats", drop_dead},
    Pass{"cancel_last", cancel_transposes},
    Pass{"fold_constants", fold_constants},
    Pass{"fuse_conv", fuse_conv},
    Pass{"fuse_pad", fuse_pad},
    Pass{"drop_dead", drop_dead},
    Pass{"quantize_activations", quantize_activations},
    Pass{"fuse_quantize", fuse_quantize},
    Pass{"fuse_residual", fuse_residual},
};

}  // namespace

std::span<const Pass> all_passes() { return kPasses; }

Expected<ir::Graph> run_pipeline(ir::Graph graph, const TargetDesc& target,
                                 const PipelineOptions& options) {
  using Clock = std::chrono::steady_clock;
  HONE_RETURN_IF_ERROR(ir::verify(graph));
  for (ir::Node& node : graph.nodes) {
    for (ir::Graph& body : node.subgraphs) {
      HONE_TRY_CONTEXT(body, run_pipeline(std::move(body), target, options), "node '", node.name,
                       "'");
    }
  }
  for (const Pass& pass : kPasses) {
    if (std::ranges::find(options.skip, pass.name) != options.skip.end()) continue;
    const auto start = Clock::now();
    HONE_TRY_CONTEXT(graph, pass.run(graph, target), "pass ", pass.name);
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    if (Status status = ir::verify(graph); !status) {
      return std::unexpected(std::move(status).error().context(cat("after pass ", pass.name)));
    }
    if (options.observe) options.observe(pass.name, ms, graph);
  }
  ir::name_constants(graph);
  return graph;
}

}  // namespace hone::passes
