// det: the determinant of each matrix of a batch (ONNX Det); NaN if not every element is finite.
#pragma once

#include "ops/attrs.h"
