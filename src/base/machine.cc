#include "base/machine.h"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/sha256.h"
#include "base/text.h"

namespace hone {
namespace {

bool holds(const dl_phdr_info& object, uintptr_t address) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const auto& segment = object.dlpi_phdr[i];
    const uintptr_t begin = object.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address >= begin && address - begin < segment.p_memsz) {
      return true;
    }
  }
  return false;
}

size_t padded(size_t bytes) { return (bytes + 3) / 4 * 4; }

// Of a segment of notes, which the linker of this program wrote.
std::string id_in(Bytes notes) {
  static constexpr char kOwner[] = "GNU";
  ElfW(Nhdr) head;
  while (notes.size() >= sizeof head) {
    std::memcpy(&head, notes.data(), sizeof head);
    const size_t name = sizeof head, value = name + padded(head.n_namesz);
    if (value + head.n_descsz > notes.size()) break;
    if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == sizeof kOwner &&
        std::memcmp(notes.data() + name, kOwner, sizeof kOwner) == 0) {
      return hex(sha256(notes.subspan(value, head.n_descsz))).substr(0, 16);
    }
    notes = notes.subspan(std::min(notes.size(), value + padded(head.n_descsz)));
  }
  return {};
}

// Ends the walk over objects at the one that holds this function.
int find_id(dl_phdr_info* object, size_t, void* result) {
  if (!holds(*object, reinterpret_cast<uintptr_t>(&find_id))) return 0;
  auto& id = *static_cast<std::string*>(result);
  for (int i = 0; i < object->dlpi_phnum && id.empty(); ++i) {
    const auto& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    const auto* notes = reinterpret_cast<const std::byte*>(object->dlpi_addr + segment.p_vaddr);
    id = id_in({notes, segment.p_memsz});
  }
  return 1;
}

}  // namespace

std::string build_id() {
  std::string id;
  ::dl_iterate_phdr(find_id, &id);
  return id;
}

uint64_t cache_bytes(int level) {
  static constexpr int kNames[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE,
                                   _SC_LEVEL3_CACHE_SIZE};
  const long bytes = ::sysconf(kNames[level - 1]);
  return bytes > 0 ? static_cast<uint64_t>(bytes) : 0;
}

}  // namespace hone
