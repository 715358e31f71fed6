// Weights without a graph: tensors by name, as safetensors files and PyTorch's state dicts hold
// them.
#pragma once

#include <map>
#include <string>

#include "ir/graph.h"

namespace hone::weights {

struct StateTensor {
  TensorType type;
  ir::ConstantData data;  // a view into the file, unless its elements lie apart there
};

struct StateDict {
  std::map<std::string, StateTensor, std::less<>> tensors;
};

// A .safetensors file, which must outlive what is returned. Source: the format's README at
// github.com/huggingface/safetensors.
Expected<StateDict> read_safetensors(Bytes file);

// A state dict as torch.save writes it, as a zip or in the form before PyTorch 1.6; the file must
// outlive what is returned. Of the pickle inside only dicts, lists, numbers, texts and tensors are
// understood, and nothing is executed: a file with anything else is refused with what to do.
Expected<StateDict> read_pth(Bytes file);

}  // namespace hone::weights
