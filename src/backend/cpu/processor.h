// The processor as a Tuning is keyed by it.
#pragma once

#include <string>
#include <string_view>

#include "backend/cpu/isa.h"

namespace hone {

// "AuthenticAMD 25.17.1, avx512vnni, 32 kB L1, 1 MB L2, 32 MB L3": equal where kernels run alike.
std::string processor_key();
// Whether such a key is of a processor whose best set that is.
bool is_processor_of(std::string_view key, Isa isa);

}  // namespace hone
