// cache_write: stores a row of keys or values a token into the paged state of its sequence.
#pragma once

#include "ops/attrs.h"

namespace hone {

// Keys and values are stored in different layouts (backend/cpu/kv_layout.h).
enum class CachePart : uint8_t { key, value };
inline constexpr std::string_view kCachePartNames[] = {"key", "value"};

struct CacheWriteAttrs {
  CachePart part = CachePart::key;
  void visit(AttrVisitor& v) { v.field("part", part, kCachePartNames); }
};

}  // namespace hone
