// The history file of `hone chat`: what was typed, an entry a line with \n and \\ for line breaks
// and backslashes, readable by its owner only. Several chats may append at the same time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hone::cli {

inline constexpr size_t kMaxHistoryEntries = 1000;
inline constexpr size_t kMaxHistoryEntry = size_t{16} << 10;  // bytes; longer ones are not kept
inline constexpr size_t kMaxHistoryFile = size_t{4} << 20;    // when larger, old entries go

// The newest entries, oldest first; none if there is no file. Cuts the file to them once it holds
// far more.
Expected<std::vector<std::string>> load_history(const std::string& path);
// Makes the folder if need be.
Status append_to_history(const std::string& path, std::string_view entry);

}  // namespace hone::cli
