// The registers of tiles that some x86 processors have (AMX).
#pragma once

namespace hone {

// Asks the system for them, for all threads that this process has and will have: they are 8 KiB,
// which Linux saves only for processes that ask. False where the processor has none, or where the
// kernel or a sandbox refuses.
bool ask_for_tiles();

}  // namespace hone
