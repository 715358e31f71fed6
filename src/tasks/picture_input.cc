#include "tasks/picture_input.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tensor/encode.h"

namespace hone {
namespace {

struct Geometry {
  int width = 0, height = 0;
  PixelLayout layout = PixelLayout::planar;
};

int64_t size_of(const Dim& dim) { return dim.is_symbol() ? 0 : dim.value(); }

Expected<Geometry> geometry_of(const PictureInput& input, const Type& type) {
  Geometry geometry{input.width, input.height, input.layout.value_or(PixelLayout::planar)};
  if (type.is_tensor()) {
    const Shape& shape = type.tensor.shape;
    if (shape.size() != 4) {
      return fail(Code::invalid_argument, "the model's input has ", shape.size(),
                  " axes; a picture needs [1, 3, height, width] or [1, height, width, 3]");
    }
    if (!input.layout && size_of(shape[1]) != 3 && size_of(shape[3]) == 3) {
      geometry.layout = PixelLayout::interleaved;
    }
    const size_t first = geometry.layout == PixelLayout::planar ? 2 : 1;
    if (geometry.height == 0) geometry.height = static_cast<int>(size_of(shape[first]));
    if (geometry.width == 0) geometry.width = static_cast<int>(size_of(shape[first + 1]));
  }
  if (geometry.width <= 0 || geometry.height <= 0) {
    return fail(Code::invalid_argument,
                "the model takes pictures of any size; say which with the task's input.width and "
                "input.height");
  }
  return geometry;
}

// Resized and cut; the original's place in it.
Expected<Letterbox> place(const Image& image, const PictureInput& input, const Geometry& g) {
  using Fit = PictureInput::Fit;
  if (input.fit == Fit::letterbox) {
    return letterbox(image, g.width, g.height, {.filter = input.filter, .fill = input.fill});
  }
  Letterbox placed;
  if (input.fit == Fit::stretch) {
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
  HONE_TRY(const Geometry g, geometry_of(input, type));
  PictureTensor made;
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
  for (size_t i = 0; i < floats.size(); ++i) {
    encode_element(dtype, static_cast<double>(std::nearbyint(floats[i])),
                   bytes + static_cast<int64_t>(i) * size);
  }
  return made;
}

}  // namespace hone
