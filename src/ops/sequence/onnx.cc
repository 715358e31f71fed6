#include "ops/sequence/op.h"

#include "frontend/onnx/node_import.h"

namespace hone::onnx {
namespace {

const Type kSequence(Type::Kind::sequence, TensorType{});

void emit(NodeImport& n, const SequenceAttrs& attrs, Type result) {
  const auto results = n.add_host("sequence", n.all_inputs(), attrs, {std::move(result)});
  if (n.ok()) n.output(0, results[0]);
}

void empty(NodeImport& n) { emit(n, {.kind = SequenceKind::construct}, kSequence); }
void construct(NodeImport& n) { emit(n, {.kind = SequenceKind::construct}, kSequence); }
void insert(NodeImport& n) { emit(n, {.kind = SequenceKind::insert}, kSequence); }
void erase(NodeImport& n) { emit(n, {.kind = SequenceKind::erase}, kSequence); }
void at(NodeImport& n) { emit(n, {.kind = SequenceKind::at}, Type::unknown()); }
void length(NodeImport& n) {
  emit(n, {.kind = SequenceKind::length}, Type(TensorType{DType::i64, {}}));
}
void has(NodeImport& n) {
  emit(n, {.kind = SequenceKind::has}, Type(TensorType{DType::boolean, {}}));
}

void get(NodeImport& n) {
  const Type& type = n.type(n.input(0));
  emit(n, {.kind = SequenceKind::get}, type.kind == Type::Kind::optional ? Type::unknown() : type);
}

void split_to_sequence(NodeImport& n) {
  emit(n,
       {.kind = SequenceKind::split,
        .axis = n.attr("axis", int64_t{0}),
        .keep_axis = n.attr("keepdims", int64_t{1}) != 0},
       kSequence);
}

void concat_from_sequence(NodeImport& n) {
  emit(n,
       {.kind = SequenceKind::concat,
        .axis = n.attr("axis", int64_t{0}),
        .new_axis = n.attr("new_axis", int64_t{0}) != 0},
       Type::unknown());
}

// Without an input, an empty optional; else the input itself, for optionals are not boxed.
void optional(NodeImport& n) {
  if (n.has_input(0)) return n.output(0, n.input(0));
  emit(n, {.kind = SequenceKind::none}, Type(Type::Kind::optional, TensorType{}));
}

}  // namespace

std::span<const OnnxOp> sequence_onnx_ops() {
  static constexpr OnnxOp kOps[] = {{"", "SequenceEmpty", empty},
                                    {"", "SequenceConstruct", construct},
                                    {"", "SequenceInsert", insert},
                                    {"", "SequenceErase", erase},
                                    {"", "SequenceAt", at},
                                    {"", "SequenceLength", length},
                                    {"", "SplitToSequence", split_to_sequence},
                                    {"", "ConcatFromSequence", concat_from_sequence},
                                    {"", "Optional", optional},
                                    {"", "OptionalHasElement", has},
                                    {"", "OptionalGetElement", get}};
  return kOps;
}

}  // namespace hone::onnx
