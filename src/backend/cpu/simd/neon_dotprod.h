// NEON with the dot product instructions: neon.h in a unit that is compiled for them.
#pragma once

#define HONE_NEON_DOTPROD
#include "backend/cpu/simd/neon.h"
