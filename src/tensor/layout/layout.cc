#include "tensor/layout/layout.h"

#include <algorithm>
#include <vector>

#include "tensor/layout/codes.h"
#include "tensor/layout/panels.h"
#include "tensor/layout/x16.h"
#include "tensor/view.h"

namespace hone {
namespace {

std::vector<Layout> gather_layouts() {
  std::vector<Layout> all;
  for (const auto layouts : {x16_layouts(), panel_layouts(), code_layouts()}) {
    all.insert(all.end(), layouts.begin(), layouts.end());
  }
  return all;
}

}  // namespace

std::span<const Layout> all_layouts() {
  static const std::vector<Layout> kAll = gather_layouts();
  return kAll;
}

const Layout* find_layout(std::string_view id) {
  const auto found = std::ranges::find(all_layouts(), id, &Layout::id);
  return found == all_layouts().end() ? nullptr : &*found;
}

std::string_view matmul_layout(DType dtype) {
  const auto found = std::ranges::find(x16_layouts(), dtype, &Layout::dtype);
  return found == x16_layouts().end() ? kCanonicalLayout : found->id;
}

ZeroedVector<std::byte> packed(const Layout& layout, Bytes canonical, const Dims& dims) {
  ZeroedVector<std::byte> made(static_cast<size_t>(layout.packed_bytes(dims)));
  if (canonical.empty()) return made;
  layout.pack(canonical, dims, 0, layout.panels(dims), made);
  return made;
}

ZeroedVector<std::byte> unpacked(const Layout& layout, Bytes packed, const Dims& dims) {
  ZeroedVector<std::byte> made(static_cast<size_t>(size_bytes(layout.dtype, dims)));
  if (made.empty()) return made;
  const auto row_bytes = dims[0] == 0 ? 0 : made.size() / static_cast<size_t>(dims[0]);
  for (int64_t row = 0; row < dims[0]; ++row) {
    layout.unpack_row(packed, dims, row, made.data() + static_cast<size_t>(row) * row_bytes);
  }
  return made;
}

}  // namespace hone
