#include "backend/host_op.h"

namespace hone {

#define X(op) const HostOp& op##_host_op();
#include "host_ops_list.inc"
#undef X

const HostOp* find_host_op([[maybe_unused]] std::string_view op) {
#define X(name) \
  if (op == #name) return &name##_host_op();
#include "host_ops_list.inc"
#undef X
  return nullptr;
}

}  // namespace hone
