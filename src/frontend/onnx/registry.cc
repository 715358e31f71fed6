#include <map>

#include "frontend/onnx/node_import.h"

namespace hone::onnx {

#define X(op) std::span<const OnnxOp> op##_onnx_ops();
#include "onnx_ops_list.inc"
#undef X

std::vector<const OnnxOp*> all_onnx_ops() {
  std::vector<const OnnxOp*> all;
  const auto add = [&](std::span<const OnnxOp> ops) {
    for (const OnnxOp& op : ops) all.push_back(&op);
  };
#define X(op) add(op##_onnx_ops());
#include "onnx_ops_list.inc"
#undef X
  return all;
}

const OnnxOp* find_onnx_op(std::string_view domain, std::string_view op_type) {
  static const auto* const kByName = [] {
    auto* map = new std::map<std::pair<std::string_view, std::string_view>, const OnnxOp*>;
    for (const OnnxOp* op : all_onnx_ops()) map->emplace(std::pair(op->domain, op->op_type), op);
    return map;
  }();
  const auto found = kByName->find({domain, op_type});
  return found == kByName->end() ? nullptr : found->second;
}

}  // namespace hone::onnx
