// NEON with the dot product instructions: neon.h in a unit that is compiled for them.
#pragma once

#include "backend/cpu/simd/neon.h"
