// Types of graph values: a tensor, a sequence or optional of tensors, or what is known only when
// run.
#pragma once

#include <string>

#include "tensor/dtype.h"
#include "tensor/shape.h"

namespace hone {

struct TensorType {
  DType dtype = DType::f32;
  Shape shape;
  bool operator==(const TensorType&) const = default;
};

struct Type {
  enum class Kind : uint8_t { tensor, sequence, optional, unknown };
  Kind kind = Kind::tensor;
  TensorType tensor;  // the tensor itself, or the element

  Type() = default;
  Type(TensorType type) : tensor(std::move(type)) {}
  Type(Kind k, TensorType element) : kind(k), tensor(std::move(element)) {}
  static Type unknown() { return {Kind::unknown, {}}; }
  bool is_tensor() const { return kind == Kind::tensor; }
  bool operator==(const Type&) const = default;
};

// "f32[tokens, 576]", "seq(f32[4])", "opt(f32[4])", "?"
inline std::string to_text(const TensorType& type, std::span<const Symbol> symbols) {
  return cat(name_of(type.dtype), to_text(type.shape, symbols));
}
inline std::string to_text(const Type& type, std::span<const Symbol> symbols) {
  if (type.kind == Type::Kind::unknown) return "?";
  const std::string tensor = to_text(type.tensor, symbols);
  if (type.kind == Type::Kind::sequence) return cat("seq(", tensor, ")");
  if (type.kind == Type::Kind::optional) return cat("opt(", tensor, ")");
  return tensor;
}

}  // namespace hone
