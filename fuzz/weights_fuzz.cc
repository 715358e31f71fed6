// Weights files: safetensors and PyTorch's state dicts from hostile bytes; what is read is as long
// as its type says, and lies where it can be read.
#include "frontend/weights/state_dict.h"
#include "tensor/tensor.h"

namespace {

using namespace hone;

volatile uint64_t sink;

void check(const Expected<weights::StateDict>& dict) {
  if (!dict) {
    if (dict.error().message.empty()) __builtin_trap();
    return;
  }
  uint64_t sum = 0;
  for (const auto& [name, tensor] : dict->tensors) {
    const auto bytes = checked_bytes(tensor.type.dtype, Dims(tensor.type.shape, {}));
    if (!bytes || static_cast<uint64_t>(*bytes) != tensor.data.bytes.size()) __builtin_trap();
    for (const std::byte byte : tensor.data.bytes) sum += std::to_integer<uint64_t>(byte);
  }
  sink = sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  check(weights::read_safetensors(bytes));
  check(weights::read_pth(bytes));
  return 0;
}
