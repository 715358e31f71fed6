// What a measurement belongs to: this build of hone, and the machine's caches.
#pragma once

#include <cstdint>
#include <string>

namespace hone {

// 16 hex digits that follow from this program's or library's code (from its GNU build id): another
// build, other digits. Empty if the linker was not asked for such an id.
std::string build_id();

// Of a core's data cache of level 1 to 3; 0 if the OS does not say.
uint64_t cache_bytes(int level);

}  // namespace hone
