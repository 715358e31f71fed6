#include "graph_layout.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace hone::cli {
namespace {

constexpr double kLayerGap = 34, kBoxGap = 18, kBendWidth = 6, kMargin = 20;
constexpr int kOrderSweeps = 8, kPlaceSweeps = 12;
// Layers that all lines cross; of a graph with more, lines run straight.
constexpr size_t kMaxBends = 60000;

// A box, or a bend of a line that crosses a layer.
struct Vertex {
  size_t layer = 0;
  double width = 0, x = 0;
  std::vector<size_t> above, below;  // neighbors in the layers next to it
};

class Layers {
 public:
  Layers(std::span<const double> widths, std::span<const GraphEdge> edges) : edges_(edges) {
    for (const double width : widths)
      vertices_.push_back({.width = width, .above = {}, .below = {}});
    find_layers();
    connect();
    for (size_t v = 0; v < vertices_.size(); ++v) {
      order_.resize(std::max(order_.size(), vertices_[v].layer + 1));
      order_[vertices_[v].layer].push_back(v);
    }
  }

  GraphLayout place(size_t boxes) {
    for (int i = 0; i < kOrderSweeps; ++i) sort_layers(i % 2 == 0);
    for (std::vector<size_t>& layer : order_) pack(layer);
    for (int i = 0; i < kPlaceSweeps; ++i) align_layers(i % 2 == 0);
    return result(boxes);
  }

 private:
  // The longest way from above; then each box right over its first reader, if it has any.
  void find_layers() {
    std::vector<GraphEdge> sorted(edges_.begin(), edges_.end());
    std::ranges::stable_sort(sorted, {}, &GraphEdge::from);
    for (const GraphEdge& edge : sorted) {
      vertices_[edge.to].layer = std::max(vertices_[edge.to].layer, vertices_[edge.from].layer + 1);
    }
    std::vector<size_t> first_reader(vertices_.size(), SIZE_MAX);
    for (size_t e = sorted.size(); e-- > 0;) {
      const auto [from, to] = sorted[e];
      first_reader[from] = std::min(first_reader[from], vertices_[to].layer);
      if (e == 0 || sorted[e - 1].from != from) vertices_[from].layer = first_reader[from] - 1;
    }
  }

  // Lines from one box run together, with one bend a layer, until they part.
  void connect() {
    size_t crossed = 0;
    for (const GraphEdge& edge : edges_) {
      crossed += vertices_[edge.to].layer - vertices_[edge.from].layer - 1;
    }
    std::vector<std::vector<size_t>> trunks(vertices_.size());  // the bends below each box
    for (const GraphEdge& edge : edges_) {
      std::vector<size_t>& trunk = trunks[edge.from];
      const size_t first = vertices_[edge.from].layer + 1;
      const size_t bends = crossed > kMaxBends ? 0 : vertices_[edge.to].layer - first;
      while (trunk.size() < bends) {
        const size_t bend = vertices_.size();
        vertices_.push_back(
            {.layer = first + trunk.size(), .width = kBendWidth, .above = {}, .below = {}});
        join(trunk.empty() ? edge.from : trunk.back(), bend);
        trunk.push_back(bend);
      }
      std::vector<size_t>& path = paths_.emplace_back(1, edge.from);
      path.insert(path.end(), trunk.begin(), trunk.begin() + static_cast<std::ptrdiff_t>(bends));
      join(path.back(), edge.to);
      path.push_back(edge.to);
    }
  }

  void join(size_t upper, size_t lower) {
    vertices_[upper].below.push_back(lower);
    vertices_[lower].above.push_back(upper);
  }

  // The mean of what the neighbors have, or what the vertex has itself.
  template <class Value>
  double mean(size_t v, bool downwards, Value value) const {
    const std::vector<size_t>& from = downwards ? vertices_[v].above : vertices_[v].below;
    if (from.empty()) return value(v);
    double sum = 0;
    for (const size_t other : from) sum += value(other);
    return sum / static_cast<double>(from.size());
  }

  // Each layer in the order of its neighbors' means, so that few lines cross.
  void sort_layers(bool downwards) {
    std::vector<double> place(vertices_.size()), wanted(vertices_.size());
    const auto number = [&](const std::vector<size_t>& layer) {
      for (size_t i = 0; i < layer.size(); ++i) place[layer[i]] = static_cast<double>(i);
    };
    for (const std::vector<size_t>& layer : order_) number(layer);
    for (size_t i = 0; i < order_.size(); ++i) {
      std::vector<size_t>& layer = order_[downwards ? i : order_.size() - 1 - i];
      for (const size_t v : layer)
        wanted[v] = mean(v, downwards, [&](size_t o) { return place[o]; });
      std::ranges::stable_sort(layer, {}, [&](size_t v) { return wanted[v]; });
      number(layer);
    }
  }

  double distance(size_t left, size_t right) const {
    return (vertices_[left].width + vertices_[right].width) / 2 + kBoxGap;
  }
  void pack(const std::vector<size_t>& layer) {
    for (size_t i = 1; i < layer.size(); ++i) {
      vertices_[layer[i]].x = vertices_[layer[i - 1]].x + distance(layer[i - 1], layer[i]);
    }
  }

  // Each vertex as near to the mean of its neighbors as the order allows: halfway between giving
  // way to the right and giving way to the left, which both keep the distances.
  void align_layers(bool downwards) {
    for (size_t i = 0; i < order_.size(); ++i) {
      const std::vector<size_t>& layer = order_[downwards ? i : order_.size() - 1 - i];
      std::vector<double> right(layer.size()), left(layer.size());
      for (size_t k = 0; k < layer.size(); ++k) {
        right[k] = mean(layer[k], downwards, [&](size_t o) { return vertices_[o].x; });
      }
      left = right;
      for (size_t k = 1; k < layer.size(); ++k) {
        right[k] = std::max(right[k], right[k - 1] + distance(layer[k - 1], layer[k]));
      }
      for (size_t k = layer.size() - 1; k-- > 0;) {
        left[k] = std::min(left[k], left[k + 1] - distance(layer[k], layer[k + 1]));
      }
      for (size_t k = 0; k < layer.size(); ++k) vertices_[layer[k]].x = (left[k] + right[k]) / 2;
    }
  }

  GraphLayout result(size_t boxes) const {
    double least = 0, most = 0;
    for (const Vertex& v : vertices_) {
      least = std::min(least, v.x - v.width / 2);
      most = std::max(most, v.x + v.width / 2);
    }
    const auto at = [&](size_t v) {
      const auto layer = static_cast<double>(vertices_[v].layer);
      return DrawnPoint{vertices_[v].x - least + kMargin,
                        kMargin + kBoxHeight / 2 + layer * (kBoxHeight + kLayerGap)};
    };
    GraphLayout layout;
    for (size_t v = 0; v < boxes; ++v) layout.boxes.push_back(at(v));
    for (const std::vector<size_t>& path : paths_) {
      std::vector<DrawnPoint>& line = layout.lines.emplace_back();
      for (const size_t v : path) line.push_back(at(v));
      line.front().y += kBoxHeight / 2;
      line.back().y -= kBoxHeight / 2;
    }
    layout.width = most - least + 2 * kMargin;
    layout.height = 2 * kMargin + static_cast<double>(order_.size()) * (kBoxHeight + kLayerGap);
    return layout;
  }

  std::span<const GraphEdge> edges_;
  std::vector<Vertex> vertices_;
  std::vector<std::vector<size_t>> order_;  // of each layer
  std::vector<std::vector<size_t>> paths_;  // of each edge
};

}  // namespace

GraphLayout lay_out(std::span<const double> widths, std::span<const GraphEdge> edges) {
  if (widths.empty()) return {};
  return Layers(widths, edges).place(widths.size());
}

}  // namespace hone::cli
