#include "backend/cpu/rows_step.h"
#include "ops/mel_weights/op.h"
#include "tensor/encode.h"

namespace hone {
namespace {

double number(const ConstView& view) { return decode_element(view.dtype, view.data); }

std::unique_ptr<CpuStep> bind(const StepBinding& b) {
  const View y = b.results[0].view;
  const ConstView length = b.operands[1].view, rate = b.operands[2].view, low = b.operands[3].view,
                  high = b.operands[4].view;
  const int64_t entries = y.dims[0], bands = y.dims[1], bytes = info(y.dtype).block_bytes;
  return rows_step(bands, entries, [=](int64_t first, int64_t count) {
    const MelBank bank{.bands = bands,
                       .length = static_cast<int64_t>(number(length)),
                       .rate = number(rate),
                       .low = number(low),
                       .high = number(high)};
    for (int64_t i = first; i < first + count; ++i) {
      const MelBand band = mel_band(bank, i);
      for (int64_t at = 0; at < entries; ++at) {
        encode_element(y.dtype, band.weight(at), y.data + (at * bands + i) * bytes);
      }
    }
  });
}

}  // namespace

std::span<const CpuKernel> mel_weights_cpu_kernels() {
  static constexpr CpuKernel kKernels[] = {
      {"mel_weights", "generic", [](const StepBinding&) { return true; }, bind}};
  return kKernels;
}

}  // namespace hone
