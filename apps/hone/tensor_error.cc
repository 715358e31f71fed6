#include "tensor_error.h"

#include <algorithm>
#include <cmath>

#include "ops/shape_rules.h"
#include "tensor/encode.h"

namespace hone::cli {
namespace {

bool same_special(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// rows x columns to columns x rows, in each of `outer` blocks.
std::vector<double> transposed(const std::vector<double>& values, int64_t outer, int64_t rows,
                               int64_t columns) {
  std::vector<double> made(values.size());
  for (int64_t o = 0; o < outer; ++o) {
    const size_t base = static_cast<size_t>(o * rows * columns);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < columns; ++c) {
        made[base + static_cast<size_t>(c * rows + r)] =
            values[base + static_cast<size_t>(r * columns + c)];
      }
    }
  }
  return made;
}

TensorError measure(const std::vector<double>& a, const std::vector<double>& b) {
  TensorError error;
  double dot = 0, of_a = 0, of_b = 0, apart = 0, least = 0, most = 0;
  bool any = false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i])) {
      error.not_finite += same_special(a[i], b[i]) ? 0 : 1;
      continue;
    }
    const double difference = a[i] - b[i];
    dot += a[i] * b[i];
    of_a += a[i] * a[i];
    of_b += b[i] * b[i];
    apart += difference * difference;
    error.max_abs = std::max(error.max_abs, std::abs(difference));
    least = any ? std::min(least, a[i]) : a[i];
    most = any ? std::max(most, a[i]) : a[i];
    any = true;
  }
  error.range = most - least;
  if (of_a > 0 && of_b > 0) {
    error.cosine = std::clamp(dot / std::sqrt(of_a * of_b), -1.0, 1.0);
  } else {
    error.cosine = of_a == of_b ? 1 : 0;
  }
  error.relative = of_a > 0 ? std::sqrt(apart / of_a) : std::sqrt(apart);
  return error;
}

}  // namespace

Expected<std::vector<double>> numbers_of(const Tensor& tensor) {
  const DType dtype = tensor.dtype();
  if (dtype == DType::string || !has_plain_elements(dtype)) {
    return fail(Code::unsupported, "a tensor of ", name_of(dtype), " holds no plain numbers");
  }
  std::vector<double> values(static_cast<size_t>(tensor.dims().elements()));
  const int64_t size = info(dtype).block_bytes;
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = decode_element(dtype, tensor.view().data + static_cast<int64_t>(i) * size);
  }
  return values;
}

Expected<Tensor> tensor_of(const std::vector<double>& numbers, DType dtype, const Dims& dims) {
  HONE_TRY(Tensor tensor, Tensor::allocate(dtype, dims));
  HONE_CHECK(dims.elements() == static_cast<int64_t>(numbers.size()));
  const int64_t size = info(dtype).block_bytes;
  std::byte* bytes = tensor.writable().data;
  for (size_t i = 0; i < numbers.size(); ++i) {
    encode_element(dtype, numbers[i], bytes + static_cast<int64_t>(i) * size);
  }
  return tensor;
}

std::vector<double> reordered(const std::vector<double>& values, const Dims& dims,
                              AxisOrder order) {
  if (order == AxisOrder::same || values.empty()) return values;
  const auto sizes = dims.sizes();
  const int64_t outer = sizes[0],
                channels = order == AxisOrder::b_channels_last ? sizes.back() : sizes[1];
  const int64_t pixels = dims.elements() / (outer * channels);
  return order == AxisOrder::b_channels_last ? transposed(values, outer, pixels, channels)
                                             : transposed(values, outer, channels, pixels);
}

Expected<TensorError> tensor_error(const Tensor& reference, const Tensor& b, AxisOrder order) {
  if (reference.dims().elements() != b.dims().elements()) {
    return fail(Code::invalid_argument, "shapes ", to_text(reference.dims().shape(), {}), " and ",
                to_text(b.dims().shape(), {}), " do not fit");
  }
  HONE_TRY(const std::vector<double> left, numbers_of(reference));
  HONE_TRY(const std::vector<double> right, numbers_of(b));
  return measure(left, reordered(right, b.dims(), order));
}

}  // namespace hone::cli
