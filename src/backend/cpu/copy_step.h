// Steps that only move elements: a StridedCopy, or several side by side.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "backend/cpu/step.h"
#include "backend/cpu/strided_copy.h"

namespace hone {

struct CopyPart {
  StridedCopy copy;
  const std::byte* from;
  std::byte* to;
};

class CopyStep final : public CpuStep {
 public:
  explicit CopyStep(std::vector<CopyPart> parts) : parts_(std::move(parts)) {
    for (const CopyPart& part : parts_) firsts_.push_back(tiles_), tiles_ += part.copy.tiles();
  }

  int64_t tiles() const override { return tiles_; }
  void run(int64_t tile, Scratch) override {
    const auto next = std::ranges::upper_bound(firsts_, tile);
    const auto i = static_cast<size_t>(next - firsts_.begin()) - 1;
    parts_[i].copy.run(tile - firsts_[i], parts_[i].from, parts_[i].to);
  }

 private:
  std::vector<CopyPart> parts_;
  std::vector<int64_t> firsts_;  // the first tile of each part
  int64_t tiles_ = 0;
};

inline int64_t element_bytes(const View& view) { return info(view.dtype).block_bytes; }

// Whether the elements stand where they are to go: see OpDef::views.
inline bool is_there(const std::byte* from, const std::byte* to, std::span<const CopyAxis> axes) {
  return from == to && std::ranges::all_of(axes, [](const CopyAxis& axis) {
           return axis.size <= 1 || axis.from == axis.to;
         });
}

// One copy between the buffers of a step, from element `first` of the source on.
inline std::unique_ptr<CpuStep> copy_step(const View& from, const View& to, int64_t first,
                                          std::span<const CopyAxis> axes) {
  const int64_t bytes = element_bytes(to);
  const std::byte* source = from.data + first * bytes;
  std::vector<CopyPart> parts;
  if (!is_there(source, to.data, axes)) {
    parts.push_back({StridedCopy(bytes, axes), source, to.data});
  }
  return std::make_unique<CopyStep>(std::move(parts));
}

}  // namespace hone
