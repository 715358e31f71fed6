#include <map>
#include <utility>

#include "frontend/tflite/node_import.h"

namespace hone::tflite {

#define X(op) std::span<const TfliteOp> op##_tflite_ops();
#include "tflite_ops_list.inc"
#undef X

std::vector<const TfliteOp*> all_tflite_ops() {
  std::vector<const TfliteOp*> all;
  const auto add = [&](std::span<const TfliteOp> ops) {
    for (const TfliteOp& op : ops) all.push_back(&op);
  };
#define X(op) add(op##_tflite_ops());
#include "tflite_ops_list.inc"
#undef X
  return all;
}

const TfliteOp* find_tflite_op(const OperatorView& node) {
  static const auto* const kByOp = [] {
    auto* map = new std::map<std::pair<BuiltinOperator, std::string_view>, const TfliteOp*>;
    for (const TfliteOp* op : all_tflite_ops()) map->emplace(std::pair(op->op, op->custom), op);
    return map;
  }();
  const bool custom = node.op == BuiltinOperator::CUSTOM;
  const auto found = kByOp->find({node.op, custom ? node.custom_code : ""});
  return found == kByOp->end() ? nullptr : found->second;
}

}  // namespace hone::tflite
