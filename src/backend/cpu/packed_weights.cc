#include "backend/cpu/packed_weights.h"

#include <algorithm>

namespace hone {
namespace {

Bytes stored_bytes(const Operand& weight) {
  const Layout* layout = find_layout(weight.layout);
  const int64_t bytes = layout == nullptr ? size_bytes(weight.view.dtype, weight.view.dims)
                                          : layout->packed_bytes(weight.view.dims);
  return {weight.view.data, static_cast<size_t>(bytes)};
}

ZeroedVector<std::byte> canonical_bytes(const Operand& weight) {
  return unpacked(*find_layout(weight.layout), stored_bytes(weight), weight.view.dims);
}

bool begins_with_panels(const Layout& layout, const Dims& dims, int64_t groups) {
  return groups == 1 || (layout.panel_axis == 0 && dims[0] / groups % layout.panel_size == 0);
}

// Groups of whole panels.
Dims padded(const Layout& layout, const Dims& dims, int64_t groups) {
  if (begins_with_panels(layout, dims, groups)) return dims;
  std::vector<int64_t> sizes(dims.sizes().begin(), dims.sizes().end());
  sizes[0] = layout.panels(Dims{sizes[0] / groups}) * layout.panel_size * groups;
  return Dims(std::span<const int64_t>(sizes));
}

// The bytes of each group with zeros behind, so that all together are `dims`.
ZeroedVector<std::byte> pad(Bytes bytes, DType dtype, const Dims& dims, int64_t groups) {
  ZeroedVector<std::byte> made(static_cast<size_t>(size_bytes(dtype, dims)));
  const size_t count = static_cast<size_t>(groups), from = bytes.size() / count;
  for (size_t g = 0; g < count; ++g) {
    std::ranges::copy(bytes.subspan(g * from, from),
                      made.begin() + static_cast<ptrdiff_t>(g * (made.size() / count)));
  }
  return made;
}

// As `dims`; of groups, that is more than there are.
ZeroedVector<std::byte> pack(const Layout& layout, const Operand& weight, const Dims& dims,
                             int64_t groups) {
  ZeroedVector<std::byte> plain;
  Bytes bytes = stored_bytes(weight);
  if (is_kernel_layout(weight)) {
    plain = canonical_bytes(weight);
    bytes = plain;
  }
  if (dims.elements() == weight.view.dims.elements()) return packed(layout, bytes, dims);
  return packed(layout, pad(bytes, layout.dtype, dims, groups), dims);
}

}  // namespace

Operand canonical(const StepBinding& b, size_t operand) {
  Operand plain = b.operands[operand];
  const auto made =
      pack_once(b, operand, operand + 1, "canonical", [&] { return canonical_bytes(plain); });
  plain.view.data = const_cast<std::byte*>(made->data());
  plain.layout = kCanonicalLayout;
  return plain;
}

PackedWeight::PackedWeight(const StepBinding& b, std::string_view layout, const Dims& dims,
                           int64_t groups) {
  const Operand& weight = b.operands[kPackedOperand];
  const Layout& wanted = *find_layout(layout);
  dims_ = padded(wanted, dims, groups);
  if (weight.layout == layout && dims_ == weight.view.dims) {
    data_ = weight.view.data;
    return;
  }
  const auto made = pack_once(b, kPackedOperand, kPackedOperand + 1, cat(layout, " ", groups),
                              [&] { return pack(wanted, weight, dims_, groups); });
  data_ = made->data();
  owner_ = made;
}

std::string_view storable_layout(const StepBinding& b, std::string_view layout, int64_t groups) {
  const Layout* known = find_layout(layout);
  const View& weight = b.operands[kPackedOperand].view;
  if (known == nullptr || known->dtype != weight.dtype || known->packed_bytes(weight.dims) < 0 ||
      !begins_with_panels(*known, weight.dims, groups)) {
    return kCanonicalLayout;
  }
  return layout;
}

}  // namespace hone
