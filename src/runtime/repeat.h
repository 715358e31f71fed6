// The loops that walk slices or sequences: ONNX's Scan and SequenceMap.
#pragma once

#include "ops/loop/op.h"
#include "runtime/program_session.h"

namespace hone {

// Operands and results as ops/loop/shape.cc tells; `body` is the loop's graph.
Expected<std::vector<RunValue>> run_scan(ProgramSession& body, const LoopAttrs& attrs,
                                         std::span<const RunValue> operands,
                                         int64_t max_iterations);
Expected<std::vector<RunValue>> run_map(ProgramSession& body, const LoopAttrs& attrs,
                                        std::span<const RunValue> operands);

}  // namespace hone
