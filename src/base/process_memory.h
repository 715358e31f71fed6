// What this process holds of memory, as the system and the allocator count it.
#pragma once

#include <cstddef>

namespace hone {

// Pages that are in memory now, in bytes; zero where the system does not say.
struct ResidentMemory {
  size_t anonymous = 0;  // heap, stacks, large blocks: what no file gives back
  size_t file = 0;       // mapped files: models, the program and its libraries
};
ResidentMemory resident_memory();

// What malloc and new have, in bytes, with the allocator's own words; zero where the C library does
// not say. Large blocks (memory.h) are not among them.
struct HeapMemory {
  size_t used = 0;
  size_t free = 0;  // given back, and kept for the next to ask
};
HeapMemory heap_memory();

}  // namespace hone
