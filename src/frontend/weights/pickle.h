// Python's pickles as data: the part of protocol 2 that a state dict of tensors needs. Nothing is
// called or looked up; a callable is a name, and a call is a node that says which and with what.
// Source: the opcodes' descriptions in Python's pickletools.py.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace hone::weights {

inline constexpr size_t kMaxPickleSteps = size_t{1} << 20;

struct PickleNode {
  enum class Kind : uint8_t {
    none,
    boolean,  // integer: 0 or 1
    integer,  // what does not fit 64 bits is `text`, its bytes
    real,
    text,
    name,  // of something that Python would import: "torch._utils _rebuild_tensor_v2"
    tuple,
    list,
    dict,        // key, value, key, value
    call,        // the callable and its arguments, then key, value, ... set afterwards
    persistent,  // one item: what stands for an object outside of the pickle
  };
  Kind kind = Kind::none;
  int64_t integer = 0;
  double real = 0;
  std::string_view text = {};       // a view into the pickle; of a name the module
  std::string_view attribute = {};  // of a name
  std::vector<int32_t> items = {};  // other nodes; one may be named often, and even by itself
};

struct Pickle {
  std::vector<PickleNode> nodes;
  int32_t root = -1;

  const PickleNode& operator[](int32_t node) const { return nodes[static_cast<size_t>(node)]; }
};

// Reads one pickle and leaves the reader behind it. Views point into the reader's bytes. More than
// kMaxPickleSteps opcodes: Code::limit_exceeded; an opcode beyond those: Code::unsupported.
Expected<Pickle> read_pickle(ByteReader& reader);

}  // namespace hone::weights
