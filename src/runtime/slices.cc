#include "runtime/slices.h"

#include <algorithm>
#include <cstring>

namespace hone {
namespace {

// A tensor as [outer, size, inner] around an axis.
struct Cut {
  int64_t outer = 1, size, inner = 1;
  Cut(const Dims& dims, size_t axis) : size(dims[axis]) {
    for (size_t i = 0; i < axis; ++i) outer *= dims[i];
    for (size_t i = axis + 1; i < dims.rank(); ++i) inner *= dims[i];
  }
};

Tensor slice_of_strings(const Tensor& x, const Cut& cut, int64_t index, const Dims& dims) {
  std::vector<std::string> strings;
  for (int64_t o = 0; o < cut.outer; ++o) {
    const auto first = x.strings().begin() + (o * cut.size + index) * cut.inner;
    strings.insert(strings.end(), first, first + cut.inner);
  }
  return Tensor::of_strings(std::move(strings), dims);
}

Tensor stack_of_strings(std::span<const Tensor> slices, const Cut& cut, const Dims& dims) {
  std::vector<std::string> strings(static_cast<size_t>(dims.elements()));
  for (int64_t s = 0; s < cut.size; ++s) {
    const std::vector<std::string>& from = slices[static_cast<size_t>(s)].strings();
    for (int64_t o = 0; o < cut.outer; ++o) {
      std::copy_n(from.begin() + o * cut.inner, cut.inner,
                  strings.begin() + (o * cut.size + s) * cut.inner);
    }
  }
  return Tensor::of_strings(std::move(strings), dims);
}

}  // namespace

Expected<Tensor> slice_at(const Tensor& x, size_t axis, int64_t index) {
  const Cut cut(x.dims(), axis);
  std::vector<int64_t> sizes(x.dims().sizes().begin(), x.dims().sizes().end());
  sizes.erase(sizes.begin() + static_cast<std::ptrdiff_t>(axis));
  if (x.dtype() == DType::string) return slice_of_strings(x, cut, index, Dims(sizes));
  HONE_TRY(Tensor slice, Tensor::allocate(x.dtype(), Dims(sizes)));
  const int64_t bytes = cut.inner * info(x.dtype()).block_bytes;
  for (int64_t o = 0; o < cut.outer && bytes > 0; ++o) {
    std::memcpy(slice.writable().data + o * bytes, x.view().data + (o * cut.size + index) * bytes,
                static_cast<size_t>(bytes));
  }
  return slice;
}

Expected<Tensor> stack(std::span<const Tensor> slices, int64_t axis, const Type& type) {
  DType dtype = type.tensor.dtype;
  std::vector<int64_t> sizes;
  if (!slices.empty()) {
    dtype = slices[0].dtype();
    sizes.assign(slices[0].dims().sizes().begin(), slices[0].dims().sizes().end());
  } else if (type.is_tensor()) {
    for (const Dim& dim : type.tensor.shape) sizes.push_back(dim.is_symbol() ? 0 : dim.value());
  }
  const int64_t place = axis < 0 ? axis + std::ssize(sizes) + 1 : axis;
  if (place < 0 || place > std::ssize(sizes)) {
    return fail(Code::invalid_argument, "there is no axis ", axis, " to stack along");
  }
  sizes.insert(sizes.begin() + place, std::ssize(slices));
  if (sizes.size() > kMaxRank) return fail(Code::limit_exceeded, "a scan output has too many axes");
  for (const Tensor& slice : slices) {
    if (slice.dtype() != DType::string && slice.view().empty()) {
      return fail(Code::invalid_argument, "a scan output is no tensor");
    }
    if (slice.dtype() != dtype || slice.dims() != slices[0].dims()) {
      return fail(Code::invalid_argument, "a scan output changes its shape");
    }
  }
  const Dims dims(sizes);
  HONE_RETURN_IF_ERROR(checked_bytes(dtype, dims));
  const Cut cut(dims, static_cast<size_t>(place));
  if (dtype == DType::string) return stack_of_strings(slices, cut, dims);
  HONE_TRY(Tensor all, Tensor::allocate(dtype, dims));
  const int64_t bytes = cut.inner * info(dtype).block_bytes;
  for (int64_t s = 0; s < cut.size && bytes > 0; ++s) {
    const std::byte* from = slices[static_cast<size_t>(s)].view().data;
    for (int64_t o = 0; o < cut.outer; ++o) {
      std::memcpy(all.writable().data + (o * cut.size + s) * bytes, from + o * bytes,
                  static_cast<size_t>(bytes));
    }
  }
  return all;
}

}  // namespace hone
