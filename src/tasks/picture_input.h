// From a picture to a model's input tensor.
#pragma once

#include "media/image.h"
#include "tasks/task.h"

namespace hone {

// An input [1, 3, height, width] or [1, height, width, 3] of floats or bytes, and how to find back.
struct PictureTensor {
  Tensor tensor;
  int width = 0;  // of the input, in pixels
  int height = 0;
  Letterbox placed;  // without its image; of a crop or stretch, likewise
};

// `type` is the model's input. A size that neither the task nor the model tells is an error.
Expected<PictureTensor> picture_tensor(const Image& image, const PictureInput& input,
                                       const Type& type);

// Pictures of text lines as one batch [pictures, 3, height, width] of floats: each scaled to the
// input's height, then zeros up to the width of the widest, or the input's own if it has one.
// Lines that would be wider than kMaxLineWidth are squeezed.
inline constexpr int kMaxLineWidth = 6400;
Expected<Tensor> line_batch(std::span<const Image> images, const PictureInput& input);

// Pictures of one kind as one batch of floats: lines as above, others of the input's size. Where
// resizing gives a picture another one (PictureInput::Fit::limit), that is an error.
Expected<Tensor> picture_batch(std::span<const Image> images, const PictureInput& input);

}  // namespace hone
