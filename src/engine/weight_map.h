// The weights of a plan or program by name: bytes, and the layout in which they stand.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "tensor/layout/layout.h"

namespace hone {

// Stored copies of one weight by layout ("canonical", "q4_1.x16.v1"); whoever made the map keeps
// the bytes.
using StoredWeight = std::map<std::string, Bytes, std::less<>>;

struct WeightMap {
  std::map<std::string, StoredWeight, std::less<>> by_name;
  // Called with the bytes of a weight that has been packed: they will hardly be read again. Bytes
  // that are not of a mapped file must stay as they are. May be empty.
  std::function<void(Bytes)> release;

  void add_canonical(const std::string& name, Bytes bytes) {
    by_name[name][std::string(kCanonicalLayout)] = bytes;
  }
  const StoredWeight* find(std::string_view name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : &found->second;
  }
};

}  // namespace hone
