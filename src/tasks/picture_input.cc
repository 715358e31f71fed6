#include "tasks/picture_input.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/shape_rules.h"
#include "tensor/encode.h"

namespace hone {
namespace {

struct Geometry {
  int width = 0, height = 0;
  PixelLayout layout = PixelLayout::planar;
};

int64_t known_size(const Dim& dim) { return dim.is_symbol() ? 0 : dim.value(); }

Expected<Geometry> geometry_of(const PictureInput& input, const Type& type) {
  Geometry geometry{input.width, input.height, input.layout.value_or(PixelLayout::planar)};
  if (type.is_tensor()) {
    const Shape& shape = type.tensor.shape;
    if (!is_number(type.tensor.dtype)) {
      return fail(Code::invalid_argument, "the model's input is of ", name_of(type.tensor.dtype),
                  "; a picture becomes numbers");
    }
    if (shape.size() != 4) {
      return fail(Code::invalid_argument, "the model's input has ", shape.size(),
                  " axes; a picture needs [1, 3, height, width] or [1, height, width, 3]");
    }
    if (!input.layout && known_size(shape[1]) != 3 && known_size(shape[3]) == 3) {
      geometry.layout = PixelLayout::interleaved;
    }
    const size_t first = geometry.layout == PixelLayout::planar ? 2 : 1;
    if (geometry.height == 0) geometry.height = static_cast<int>(known_size(shape[first]));
    if (geometry.width == 0) geometry.width = static_cast<int>(known_size(shape[first + 1]));
  }
  const bool free = input.fit == PictureInput::Fit::limit;
  if (!free && (geometry.width <= 0 || geometry.height <= 0)) {
    return fail(Code::invalid_argument,
                "the model takes pictures of any size; say which with the task's input.width and "
                "input.height");
  }
  return geometry;
}

// As PaddleOCR sizes pictures for its detector.
void limit_size(const Image& image, const PictureInput& input, Geometry& g) {
  const int longer = std::max(image.width, image.height);
  const int shorter = std::min(image.width, image.height);
  double ratio = 1;
  if (input.min_side > shorter) ratio = static_cast<double>(input.min_side) / shorter;
  if (input.max_side > 0 && longer * ratio > input.max_side) {
    ratio = static_cast<double>(input.max_side) / longer;
  }
  const auto fitted = [&](int side) {
    constexpr int kTooLarge = 2 * static_cast<int>(kMaxImageSide);  // resize says so
    const int scaled = static_cast<int>(std::min<double>(side * ratio, kTooLarge));
    const int unit = input.multiple_of;
    return std::max(static_cast<int>(std::nearbyint(static_cast<double>(scaled) / unit)), 1) * unit;
  };
  g.width = fitted(image.width);
  g.height = fitted(image.height);
}

// Resized and cut; the original's place in it.
Expected<Letterbox> place(const Image& image, const PictureInput& input, const Geometry& g) {
  using Fit = PictureInput::Fit;
  if (input.fit == Fit::letterbox) {
    return letterbox(image, g.width, g.height,
                     {.filter = input.filter, .anchor = input.anchor, .fill = input.fill});
  }
  Letterbox placed;
  if (input.fit == Fit::stretch || input.fit == Fit::limit) {
    HONE_TRY(placed.image, resize(image, g.width, g.height, input.filter));
    placed.scale_x = static_cast<float>(g.width) / static_cast<float>(image.width);
    placed.scale_y = static_cast<float>(g.height) / static_cast<float>(image.height);
    return placed;
  }
  const double scale = std::max(g.width / input.crop_fraction / image.width,
                                g.height / input.crop_fraction / image.height);
  const auto scaled = [&](int size, int least) {
    return std::max(least, static_cast<int>(std::lround(size * scale)));
  };
  const int width = scaled(image.width, g.width), height = scaled(image.height, g.height);
  HONE_TRY(const Image whole, resize(image, width, height, input.filter));
  const Rect middle{(width - g.width) / 2, (height - g.height) / 2, g.width, g.height};
  HONE_TRY(placed.image, crop(whole, middle));
  placed.scale_x = static_cast<float>(width) / static_cast<float>(image.width);
  placed.scale_y = static_cast<float>(height) / static_cast<float>(image.height);
  placed.left = -middle.x;
  placed.top = -middle.y;
  return placed;
}

}  // namespace

Expected<PictureTensor> picture_tensor(const Image& image, const PictureInput& input,
                                       const Type& type) {
  HONE_TRY(Geometry g, geometry_of(input, type));
  if (input.fit == PictureInput::Fit::limit) limit_size(image, input, g);
  PictureTensor made;
  made.width = g.width;
  made.height = g.height;
  if (input.fit == PictureInput::Fit::line) {
    PictureInput line = input;
    line.width = g.width;
    line.height = g.height;
    HONE_TRY(made.tensor, line_batch({&image, 1}, line));
    return made;
  }
  HONE_TRY(made.placed, place(image, input, g));
  const int64_t height = g.height, width = g.width;
  const Dims dims =
      g.layout == PixelLayout::planar ? Dims{1, 3, height, width} : Dims{1, height, width, 3};
  const DType dtype = type.is_tensor() ? type.tensor.dtype : DType::f32;
  HONE_TRY(made.tensor, Tensor::allocate(dtype, dims));
  std::vector<float> floats;
  std::span<float> target(made.tensor.writable().as<float>(), static_cast<size_t>(dims.elements()));
  if (dtype != DType::f32) {
    floats.resize(static_cast<size_t>(dims.elements()));
    target = floats;
  }
  const FloatOptions options{input.order, g.layout, input.mean, input.scale};
  to_floats(made.placed.image, options, target);
  made.placed.image = {};
  if (dtype == DType::f32) return made;
  // Integers take the nearest code.
  const int64_t size = info(dtype).block_bytes;
  std::byte* bytes = made.tensor.writable().data;
  if (!is_float(dtype)) {
    for (float& value : floats) value = std::nearbyint(value);
  }
  for (size_t i = 0; i < floats.size(); ++i) {
    encode_element(dtype, static_cast<double>(floats[i]), bytes + static_cast<int64_t>(i) * size);
  }
  return made;
}

namespace {

int line_width(const Image& image, int height, int most) {
  const double wide = std::ceil(height * (static_cast<double>(image.width) / image.height));
  return std::clamp(static_cast<int>(std::min<double>(wide, most)), 1, most);
}

// Into one picture of a batch, plane by plane.
Status write_line(const Image& image, const PictureInput& input, int width, float* target) {
  const int scaled = line_width(image, input.height, width);
  HONE_TRY(const Image line, resize(image, scaled, input.height, input.filter));
  const size_t row = static_cast<size_t>(scaled),
               rows = size_t{3} * static_cast<size_t>(input.height);
  std::vector<float> floats(row * rows);
  to_floats(line, {input.order, PixelLayout::planar, input.mean, input.scale}, floats);
  for (size_t y = 0; y < rows; ++y) {
    std::memcpy(target + y * static_cast<size_t>(width), floats.data() + y * row,
                row * sizeof(float));
  }
  return {};
}

}  // namespace

Expected<Tensor> line_batch(std::span<const Image> images, const PictureInput& input) {
  if (input.height <= 0 || images.empty()) {
    return fail(Code::invalid_argument, "a task that reads lines needs input.height");
  }
  double ratio = static_cast<double>(input.min_width) / input.height;
  for (const Image& image : images) {
    ratio = std::max(ratio, static_cast<double>(image.width) / image.height);
  }
  const double wide = std::min<double>(input.height * ratio, kMaxLineWidth);
  const int width = input.width > 0 ? input.width : std::max(static_cast<int>(wide), 1);
  const int64_t count = static_cast<int64_t>(images.size());
  HONE_TRY(Tensor batch, Tensor::allocate(DType::f32, {count, 3, input.height, width}));
  const int64_t step = int64_t{3} * input.height * width;
  for (int64_t i = 0; i < count; ++i) {
    HONE_RETURN_IF_ERROR(write_line(images[static_cast<size_t>(i)], input, width,
                                    batch.writable().as<float>() + i * step));
  }
  return batch;
}

Expected<Tensor> picture_batch(std::span<const Image> images, const PictureInput& input) {
  if (input.fit == PictureInput::Fit::line) return line_batch(images, input);
  if (input.width <= 0 || input.height <= 0 || images.empty()) {
    return fail(Code::invalid_argument, "the task needs input.width and input.height");
  }
  const int64_t count = static_cast<int64_t>(images.size());
  HONE_TRY(Tensor batch, Tensor::allocate(DType::f32, {count, 3, input.height, input.width}));
  PictureInput planar = input;
  planar.layout = PixelLayout::planar;
  const size_t step = static_cast<size_t>(batch.dims().elements() / count);
  for (size_t i = 0; i < images.size(); ++i) {
    HONE_TRY(const PictureTensor one, picture_tensor(images[i], planar, Type::unknown()));
    if (one.width != input.width || one.height != input.height) {
      return fail(Code::invalid_argument, "the task's input.resize made a picture ", one.width,
                  " x ", one.height, ", but those of a batch need input.width x input.height, ",
                  input.width, " x ", input.height, "; \"stretch\" gives them that");
    }
    std::memcpy(batch.writable().as<float>() + i * step, one.tensor.view().data,
                step * sizeof(float));
  }
  return batch;
}

}  // namespace hone
