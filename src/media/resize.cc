#include "media/resize.h"

#include <algorithm>
#include <cmath>

namespace hone {
namespace {

// Weights are integers of so many fraction bits; with 8 bits of pixel and one of sign they fill 32
// (as in Pillow, so that sums round alike).
constexpr int kWeightBits = 32 - 8 - 2;
constexpr int kLinearBits = 11;  // the same for OpenCV, one axis

size_t to_size(int64_t n) { return static_cast<size_t>(n); }

Status check_size(int64_t width, int64_t height) {
  if (width >= 1 && height >= 1 && width <= kMaxImageSide && height <= kMaxImageSide &&
      width * height <= kMaxImagePixels) {
    return {};
  }
  return fail(Code::invalid_argument, "a picture cannot be made ", width, " x ", height,
              " pixels large");
}

Status check(const Image& image, int64_t width, int64_t height) {
  HONE_RETURN_IF_ERROR(check_size(image.width, image.height));
  return check_size(width, height);
}

struct Kernel {
  double support;
  double (*weight)(double);
};

Kernel kernel_of(Filter filter) {
  if (filter == Filter::bicubic) {
    return {2, [](double x) {
              constexpr double kA = -0.5;
              x = std::abs(x);
              if (x < 1) return ((kA + 2) * x - (kA + 3)) * x * x + 1;
              if (x < 2) return (((x - 5) * x + 8) * x - 4) * kA;
              return 0.0;
            }};
  }
  return {1, [](double x) { return std::max(0.0, 1 - std::abs(x)); }};
}

// For each new pixel of an axis: the old ones it is made of.
struct AxisWeights {
  struct Range {
    int begin;
    int count;
  };
  std::vector<Range> ranges;
  std::vector<int32_t> weights;  // `stride` places a pixel
  size_t stride = 0;

  std::span<const int32_t> of(size_t i) const {
    return std::span(weights).subspan(i * stride, to_size(ranges[i].count));
  }
};

AxisWeights axis_weights(int from, int to, const Kernel& kernel) {
  const double scale = static_cast<double>(from) / to;
  const double stretch = std::max(1.0, scale);
  const double support = kernel.support * stretch;
  AxisWeights axis;
  axis.stride = to_size(static_cast<int64_t>(std::ceil(support))) * 2 + 1;
  axis.ranges.resize(to_size(to));
  axis.weights.resize(axis.stride * to_size(to));
  std::vector<double> exact(axis.stride);
  for (int i = 0; i < to; ++i) {
    const double center = (i + 0.5) * scale;
    const int begin = std::max(0, static_cast<int>(center - support + 0.5));
    const int end = std::min(from, static_cast<int>(center + support + 0.5));
    double sum = 0;
    for (int j = begin; j < end; ++j) {
      sum += exact[to_size(j - begin)] = kernel.weight((j - center + 0.5) / stretch);
    }
    axis.ranges[to_size(i)] = {begin, end - begin};
    int32_t* weights = &axis.weights[to_size(i) * axis.stride];
    for (int j = 0; j < end - begin; ++j) {
      const double weight = exact[to_size(j)] / sum * (1 << kWeightBits);
      weights[j] = static_cast<int32_t>(std::lround(weight));
    }
  }
  return axis;
}

uint8_t to_u8(int32_t sum) { return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255)); }
constexpr int32_t kHalf = 1 << (kWeightBits - 1);

Image resize_rows(const Image& image, int width, const Kernel& kernel) {
  if (width == image.width) return image;
  const AxisWeights axis = axis_weights(image.width, width, kernel);
  Image out(width, image.height);
  for (int y = 0; y < image.height; ++y) {
    uint8_t* to = out.pixel(0, y);
    for (int x = 0; x < width; ++x, to += 3) {
      const uint8_t* from = image.pixel(axis.ranges[to_size(x)].begin, y);
      int32_t r = kHalf, g = kHalf, b = kHalf;
      for (const int32_t weight : axis.of(to_size(x))) {
        r += weight * from[0];
        g += weight * from[1];
        b += weight * from[2];
        from += 3;
      }
      to[0] = to_u8(r);
      to[1] = to_u8(g);
      to[2] = to_u8(b);
    }
  }
  return out;
}

Image resize_columns(Image image, int height, const Kernel& kernel) {
  if (height == image.height) return image;
  const AxisWeights axis = axis_weights(image.height, height, kernel);
  Image out(image.width, height);
  std::vector<int32_t> sums(image.row_bytes());
  for (int y = 0; y < height; ++y) {
    std::ranges::fill(sums, kHalf);
    const uint8_t* from = image.pixel(0, axis.ranges[to_size(y)].begin);
    for (const int32_t weight : axis.of(to_size(y))) {
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += weight * from[i];
      from += sums.size();
    }
    std::ranges::transform(sums, out.pixel(0, y), to_u8);
  }
  return out;
}

Image resize_nearest(const Image& image, int width, int height) {
  Image out(width, height);
  const auto source = [](int i, int from, int to) {
    const auto at = static_cast<int>((i + 0.5) * (static_cast<double>(from) / to));
    return std::min(at, from - 1);
  };
  for (int y = 0; y < height; ++y) {
    const int from_y = source(y, image.height, height);
    uint8_t* to = out.pixel(0, y);
    for (int x = 0; x < width; ++x, to += 3) {
      std::copy_n(image.pixel(source(x, image.width, width), from_y), 3, to);
    }
  }
  return out;
}

// Between which two old pixels a new one lies, and how near to the second.
struct Neighbors {
  int first;
  int second;
  float share;  // of the second
};

std::vector<Neighbors> neighbors_of(int from, int to) {
  std::vector<Neighbors> axis(to_size(to));
  const double scale = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    const auto at = static_cast<float>((i + 0.5) * scale - 0.5);
    const int first = static_cast<int>(std::floor(at));
    axis[to_size(i)] = {std::clamp(first, 0, from - 1), std::clamp(first + 1, 0, from - 1),
                        at - static_cast<float>(first)};
  }
  return axis;
}

Image resize_linear(const Image& image, int width, int height) {
  constexpr int kOne = 1 << kLinearBits;
  const auto fixed_share = [](const Neighbors& n) {
    return static_cast<int32_t>(std::lround(n.share * kOne));
  };
  const std::vector<Neighbors> columns = neighbors_of(image.width, width);
  const std::vector<Neighbors> rows = neighbors_of(image.height, height);
  Image out(width, height);
  for (int y = 0; y < height; ++y) {
    const Neighbors& row = rows[to_size(y)];
    const int32_t down = fixed_share(row);
    uint8_t* to = out.pixel(0, y);
    for (const Neighbors& column : columns) {
      const int32_t right = fixed_share(column);
      const uint8_t* a = image.pixel(column.first, row.first);
      const uint8_t* b = image.pixel(column.second, row.first);
      const uint8_t* c = image.pixel(column.first, row.second);
      const uint8_t* d = image.pixel(column.second, row.second);
      for (int i = 0; i < 3; ++i) {
        const int32_t upper = a[i] * (kOne - right) + b[i] * right;
        const int32_t lower = c[i] * (kOne - right) + d[i] * right;
        // The largest sum is 255 * 2^22, in 30 bits.
        const int32_t sum = upper * (kOne - down) + lower * down;
        *to++ = static_cast<uint8_t>((sum + (1 << (2 * kLinearBits - 1))) >> (2 * kLinearBits));
      }
    }
  }
  return out;
}

float luma(const uint8_t* rgb) {
  // 0.299, 0.587 and 0.114 in 16 bits.
  return static_cast<float>((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16);
}

}  // namespace

Expected<Image> resize(const Image& image, int width, int height, Filter filter) {
  HONE_RETURN_IF_ERROR(check(image, width, height));
  if (width == image.width && height == image.height) return image;
  if (filter == Filter::nearest) return resize_nearest(image, width, height);
  if (filter == Filter::opencv_bilinear) return resize_linear(image, width, height);
  const Kernel kernel = kernel_of(filter);
  // A picture that grows in height and shrinks in width passes through the smaller one, as in
  // Pillow.
  return resize_columns(resize_rows(image, width, kernel), height, kernel);
}

Expected<std::vector<float>> resize_plane(std::span<const float> plane, int width, int height,
                                          int new_width, int new_height) {
  HONE_RETURN_IF_ERROR(check_size(width, height));
  HONE_RETURN_IF_ERROR(check_size(new_width, new_height));
  if (plane.size() != to_size(width) * to_size(height)) {
    return fail(Code::invalid_argument, "a plane of ", plane.size(), " values is not ", width,
                " x ", height);
  }
  const std::vector<Neighbors> columns = neighbors_of(width, new_width);
  std::vector<float> out;
  out.reserve(to_size(new_width) * to_size(new_height));
  for (const Neighbors& row : neighbors_of(height, new_height)) {
    const float* upper = plane.data() + to_size(row.first) * to_size(width);
    const float* lower = plane.data() + to_size(row.second) * to_size(width);
    for (const Neighbors& column : columns) {
      const float top = std::lerp(upper[column.first], upper[column.second], column.share);
      const float bottom = std::lerp(lower[column.first], lower[column.second], column.share);
      out.push_back(std::lerp(top, bottom, row.share));
    }
  }
  return out;
}

Expected<Image> crop(const Image& image, const Rect& rect, Color fill) {
  HONE_RETURN_IF_ERROR(check(image, rect.width, rect.height));
  Image out(rect.width, rect.height);
  for (size_t i = 0; i < out.rgb.size(); i += 3) std::ranges::copy(fill, &out.rgb[i]);
  const auto shared = [](int64_t from, int64_t length, int64_t size) {
    const int64_t begin = std::clamp<int64_t>(from, 0, size);
    return std::pair(begin, std::clamp<int64_t>(from + length, begin, size));
  };
  const auto [left, right] = shared(rect.x, rect.width, image.width);
  const auto [top, bottom] = shared(rect.y, rect.height, image.height);
  for (int64_t y = top; y < bottom && right > left; ++y) {
    std::copy_n(image.pixel(static_cast<int>(left), static_cast<int>(y)), 3 * (right - left),
                out.pixel(static_cast<int>(left - rect.x), static_cast<int>(y - rect.y)));
  }
  return out;
}

Expected<Letterbox> letterbox(const Image& image, int width, int height,
                              const LetterboxOptions& options) {
  HONE_RETURN_IF_ERROR(check(image, width, height));
  const double fit = std::min(static_cast<double>(width) / image.width,
                              static_cast<double>(height) / image.height);
  const double scale = std::min<double>(fit, options.max_scale);
  const auto inside = [&](int size, int most) {
    return static_cast<int>(
        std::clamp(std::nearbyint(size * scale), 1.0, static_cast<double>(most)));
  };
  HONE_TRY(const Image small,
           resize(image, inside(image.width, width), inside(image.height, height), options.filter));
  Letterbox box;
  box.scale_x = static_cast<float>(small.width) / static_cast<float>(image.width);
  box.scale_y = static_cast<float>(small.height) / static_cast<float>(image.height);
  if (options.anchor == Anchor::center) {
    box.left = (width - small.width) / 2;
    box.top = (height - small.height) / 2;
  }
  HONE_TRY(box.image, crop(small, {-box.left, -box.top, width, height}, options.fill));
  return box;
}

void to_floats(const Image& image, const FloatOptions& options, std::span<float> out) {
  const size_t pixels = image.rgb.size() / 3;
  HONE_CHECK(out.size() == pixels * channels_of(options.order));
  if (options.order == ChannelOrder::gray) {
    for (size_t i = 0; i < pixels; ++i) {
      out[i] = (luma(&image.rgb[3 * i]) - options.mean[0]) * options.scale[0];
    }
    return;
  }
  const bool planar = options.layout == PixelLayout::planar;
  for (size_t channel = 0; channel < 3; ++channel) {
    const size_t source = options.order == ChannelOrder::rgb ? channel : 2 - channel;
    const uint8_t* from = image.rgb.data() + source;
    float* to = out.data() + (planar ? channel * pixels : channel);
    const size_t step = planar ? 1 : 3;
    const float mean = options.mean[channel];
    const float scale = options.scale[channel];
    for (size_t i = 0; i < pixels; ++i) {
      to[i * step] = (static_cast<float>(from[3 * i]) - mean) * scale;
    }
  }
}

}  // namespace hone
