// The processor as a Tuning is keyed by it.
#pragma once

#include <string>

namespace hone {

// "AuthenticAMD 25.17.1, avx512vnni, 32 kB L1, 1 MB L2, 32 MB L3": equal where kernels run alike.
std::string processor_key();

}  // namespace hone
