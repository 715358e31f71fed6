#include "base/process_memory.h"

#include <features.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fstream>
#include <sstream>
#include <string>

namespace hone {

ResidentMemory resident_memory() {
  ResidentMemory resident;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string key;
    size_t kilobytes = 0;
    words >> key >> kilobytes;
    if (key == "RssAnon:") resident.anonymous = kilobytes << 10;
    if (key == "RssFile:") resident.file = kilobytes << 10;
  }
  return resident;
}

HeapMemory heap_memory() {
#ifdef __GLIBC__
  const struct mallinfo2 info = ::mallinfo2();
  return {.used = info.uordblks + info.hblkhd, .free = info.fordblks};
#else
  return {};
#endif
}

}  // namespace hone
