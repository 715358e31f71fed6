#include "ops/resize/cpu_copies.h"

#include <algorithm>

#include "backend/cpu/copy_bytes.h"
#include "backend/cpu/rows_step.h"
#include "tensor/numbers.h"

namespace hone {
namespace {

enum class Columns : uint8_t { same, twice, any };

Columns columns_of(const ResizeTaps& taps, int64_t in) {
  const auto& index = taps.index;
  const auto is = [&](int64_t factor) {
    for (size_t i = 0; i < index.size(); ++i) {
      if (index[i] != static_cast<int64_t>(i) / factor) return false;
    }
    return std::ssize(index) <= in * factor;
  };
  return is(1) ? Columns::same : is(2) ? Columns::twice : Columns::any;
}

template <class Word>
class Copies {
 public:
  Copies(const View& x, const View& y, std::vector<ResizeTaps> taps)
      : taps_(std::move(taps)),
        in_(x.dims),
        out_(y.dims),
        columns_(columns_of(taps_.back(), x.dims.back())),
        x_(static_cast<const Word*>(static_cast<const void*>(x.data))),
        y_(static_cast<Word*>(static_cast<void*>(y.data))) {}

  void rows(int64_t first, int64_t count) const {
    const int64_t width = out_.back();
    const Word* before = nullptr;
    for (int64_t i = first; i < first + count; ++i) {
      const Word* from = source(i);
      Word* to = y_ + i * width;
      if (from == before) {
        copy(to - width, to);
      } else {
        spread(from, to);
      }
      before = from;
    }
  }

 private:
  // The row of x that row i of y is made of.
  const Word* source(int64_t i) const {
    int64_t offset = 0, step = in_.back();
    for (size_t axis = taps_.size() - 1; axis-- > 0; i /= out_[axis]) {
      offset += taps_[axis].index[static_cast<size_t>(i % out_[axis])] * step;
      step *= in_[axis];
    }
    return x_ + offset;
  }

  void copy(const Word* from, Word* to) const {
    copy_bytes(static_cast<std::byte*>(static_cast<void*>(to)),
               static_cast<const std::byte*>(static_cast<const void*>(from)),
               static_cast<size_t>(out_.back()) * sizeof(Word));
  }

  void spread(const Word* from, Word* to) const {
    const int64_t width = out_.back();
    if (columns_ == Columns::same) return copy(from, to);
    if (columns_ == Columns::twice) {
      for (int64_t i = 0; i < width / 2; ++i) to[2 * i] = to[2 * i + 1] = from[i];
      if (width % 2 == 1) to[width - 1] = from[width / 2];
      return;
    }
    const int64_t* index = taps_.back().index.data();
    for (int64_t i = 0; i < width; ++i) to[i] = from[index[i]];
  }

  std::vector<ResizeTaps> taps_;
  Dims in_, out_;
  Columns columns_;
  const Word* x_;
  Word* y_;
};

template <class Word>
std::unique_ptr<CpuStep> step_of(const View& x, const View& y, std::vector<ResizeTaps> taps) {
  const int64_t width = y.dims.back();
  const Copies<Word> copies(x, y, std::move(taps));
  return rows_step(width == 0 ? 0 : y.dims.elements() / width, width,
                   [=](int64_t first, int64_t count) { copies.rows(first, count); });
}

}  // namespace

bool is_copied(DType dtype, std::span<const ResizeTaps> taps) {
  const auto copies = [](const ResizeTaps& one) {
    return one.count == 1 && one.outside.empty() &&
           std::ranges::all_of(one.weight, [](float weight) { return weight == 1; });
  };
  return !taps.empty() && with_number(dtype, []<class T>() {}) && std::ranges::all_of(taps, copies);
}

std::unique_ptr<CpuStep> copies_step(const View& x, const View& y, std::vector<ResizeTaps> taps) {
  switch (size_bytes(x.dtype, Dims({1}))) {
    case 1:
      return step_of<uint8_t>(x, y, std::move(taps));
    case 2:
      return step_of<uint16_t>(x, y, std::move(taps));
    case 4:
      return step_of<uint32_t>(x, y, std::move(taps));
    default:
      return step_of<uint64_t>(x, y, std::move(taps));
  }
}

}  // namespace hone
