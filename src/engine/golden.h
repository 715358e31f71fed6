// Golden samples: what an engine must answer, and what it may cost; an acceptance test that travels
// with it. Plain data; FORMAT.md tells what the bounds mean.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "tensor/dtype.h"

namespace hone {

struct GoldenTensor {
  DType dtype = DType::f32;
  std::vector<int64_t> sizes;
  Bytes bytes;
};

struct GoldenOutput {
  GoldenTensor tensor;
  // The largest difference of an element, as a share of the output's scale: its largest element
  // minus its smallest.
  double bound = 0;
};

// Of a program, inputs and outputs in its order. Of a language model, a prompt, the logits behind
// it as the one output, and the tokens that follow when the most probable is always taken.
struct GoldenSample {
  std::string name;
  std::vector<GoldenTensor> inputs;
  std::vector<GoldenOutput> outputs;
  std::vector<int32_t> prompt, answer;
  std::vector<float> margins;  // by token of the answer: how far its logit lay before the second
};

struct EngineGolden {
  std::vector<GoldenSample> samples;
  double latency_ms = 0;      // the 95th percentile of a sample's runs; 0: no budget
  uint64_t memory_bytes = 0;  // the most that the process may hold; 0: no budget
  std::string numeric_class;  // "f32": from which the bounds follow
  std::string measured_on;    // the processor, where the budgets were measured
  int32_t threads = 0;        // likewise
  double measured_latency_ms = 0;
  uint64_t measured_memory_bytes = 0;
};

}  // namespace hone
