// scale_shift: y = x scale + shift with one scale and one shift a channel, which is axis 1 (what
// batch normalization comes to when a model is used).
#pragma once

#include "ops/attrs.h"
