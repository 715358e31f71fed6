// From a picture to a model's input tensor.
#pragma once

#include "media/image.h"
#include "tasks/task.h"

namespace hone {

// An input [1, 3, height, width] or [1, height, width, 3] of floats or bytes, and how to find back.
struct PictureTensor {
  Tensor tensor;
  Letterbox placed;  // without its image; of a crop or stretch, likewise
};

// `type` is the model's input. A size that neither the task nor the model tells is an error.
Expected<PictureTensor> picture_tensor(const Image& image, const PictureInput& input,
                                       const Type& type);

}  // namespace hone
