#include "graph_drawing.h"

#include <algorithm>

#include "ir/text.h"

namespace hone::cli {
namespace {

constexpr size_t kMostSigns = 34;  // of a line in a box
constexpr double kSignWidth = 6.7, kBoxPadding = 16;

std::string shortened(const std::string& text) {
  const std::string shown = printable(text, 4 * kMostSigns);
  return shown.size() <= kMostSigns ? shown : shown.substr(0, kMostSigns - 3) + "...";
}

// "conv 3x3" tells more than "conv": the attribute that is the op's kind.
std::string title_of(const ir::Node& node) {
  const std::string attrs = node.attrs.text();
  for (const std::string_view key : {"kind=", "activation="}) {
    const size_t at = attrs.find(key);
    if (at == attrs.npos) continue;
    const size_t from = at + key.size(), to = attrs.find_first_of(",}", from);
    const std::string value = attrs.substr(from, to - from);
    if (value != "none") return cat(node.op->name, " ", value);
  }
  return std::string(node.op->name);
}

class Drawer {
 public:
  explicit Drawer(const ir::Graph& graph) : graph_(graph), made_by_(graph.values.size(), kNobody) {}

  DrawnGraph draw() {
    for (size_t i = 0; i < graph_.values.size(); ++i) add_source(i);
    for (const ir::Node& node : graph_.nodes) add_node(node);
    for (const ir::ValueId output : graph_.outputs) {
      const ir::Value& value = graph_[output];
      const std::string type = to_text(value.type, graph_.symbols);
      drawn_.boxes.push_back({.key = cat("output ", value.name),
                              .text = cat("output %", value.name, " : ", type),
                              .title = shortened(value.name),
                              .label = shortened(type),
                              .kind = "output"});
      connect(output);
    }
    return std::move(drawn_);
  }

 private:
  static constexpr size_t kNobody = SIZE_MAX;

  void add_source(size_t index) {
    const ir::Value& value = graph_.values[index];
    if (value.kind != ir::ValueKind::input && value.kind != ir::ValueKind::state) return;
    const std::string_view kind = value.kind == ir::ValueKind::input ? "input" : "state";
    const std::string type = to_text(value.type, graph_.symbols);
    made_by_[index] = drawn_.boxes.size();
    drawn_.boxes.push_back({.key = cat(kind, " ", value.name),
                            .text = cat(kind, " %", value.name, " : ", type),
                            .title = shortened(value.name),
                            .label = shortened(type),
                            .kind = kind});
  }

  void add_node(const ir::Node& node) {
    const ir::Value& first = graph_[node.results[0]];
    drawn_.boxes.push_back({.key = first.name,
                            .text = text_of(node),
                            .title = shortened(title_of(node)),
                            .label = shortened(to_text(first.type, graph_.symbols)),
                            .kind = "op"});
    ++drawn_.nodes;
    for (const ir::ValueId operand : node.operands) connect(operand);
    for (const ir::ValueId result : node.results) {
      made_by_[static_cast<size_t>(result.index)] = drawn_.boxes.size() - 1;
    }
  }

  std::string text_of(const ir::Node& node) const {
    std::string text =
        cat("%", graph_[node.results[0]].name, " = ", node.op->name, node.attrs.text(), "\nfrom");
    for (const ir::ValueId operand : node.operands) {
      if (!operand) continue;
      const ir::Value& value = graph_[operand];
      const bool constant = value.kind == ir::ValueKind::constant;
      text += cat(constant ? "\n  const %" : "\n  %", value.name, " : ",
                  to_text(value.type, graph_.symbols));
    }
    text += "\nto";
    for (const ir::ValueId result : node.results) {
      text +=
          cat("\n  %", graph_[result].name, " : ", to_text(graph_[result].type, graph_.symbols));
    }
    return text;
  }

  // From the maker of a value to the last box; a line for each pair.
  void connect(ir::ValueId value) {
    if (!value) return;
    const size_t from = made_by_[static_cast<size_t>(value.index)], to = drawn_.boxes.size() - 1;
    if (from == kNobody) return;
    const auto same = [&](const GraphEdge& edge) { return edge.from == from && edge.to == to; };
    for (size_t i = drawn_.edges.size(); i-- > 0 && drawn_.edges[i].to == to;) {
      if (same(drawn_.edges[i])) return;
    }
    drawn_.edges.push_back({from, to});
  }

  const ir::Graph& graph_;
  std::vector<size_t> made_by_;  // the box of a value's maker
  DrawnGraph drawn_;
};

double width_of(const DrawnBox& box) {
  const size_t signs = std::max(box.title.size(), box.label.size());
  return static_cast<double>(signs) * kSignWidth + kBoxPadding;
}

std::string path_of(const std::vector<DrawnPoint>& line) {
  std::string path = cat("M", svg_number(line[0].x), " ", svg_number(line[0].y));
  for (size_t i = 1; i < line.size(); ++i) {
    const double middle = (line[i - 1].y + line[i].y) / 2;
    path += cat("C", svg_number(line[i - 1].x), " ", svg_number(middle), " ", svg_number(line[i].x),
                " ", svg_number(middle), " ", svg_number(line[i].x), " ", svg_number(line[i].y));
  }
  return path;
}

std::string box_of(const DrawnBox& box, DrawnPoint at, const BoxClasses& classes) {
  const auto found = classes.find(box.key);
  const double width = width_of(box);
  return cat("<g class=\"b ", box.kind, found == classes.end() ? "" : " ",
             found == classes.end() ? "" : found->second, "\" transform=\"translate(",
             svg_number(at.x), " ", svg_number(at.y), ")\"><title>", html_escape(box.text),
             "</title><rect x=\"", svg_number(-width / 2), "\" y=\"", svg_number(-kBoxHeight / 2),
             "\" width=\"", svg_number(width), "\" height=\"", svg_number(kBoxHeight),
             "\" rx=\"5\"/><text y=\"-4\">", html_escape(box.title),
             "</text><text y=\"11\" class=\"t\">", html_escape(box.label), "</text></g>\n");
}

}  // namespace

std::map<std::string, std::string> DrawnGraph::by_key() const {
  std::map<std::string, std::string> texts;
  for (const DrawnBox& box : boxes) texts[box.key] = box.text;
  return texts;
}

DrawnGraph draw_graph(const ir::Graph& graph) { return Drawer(graph).draw(); }

std::string svg_of(const DrawnGraph& drawn, const std::string& id, const BoxClasses& classes) {
  std::vector<double> widths;
  for (const DrawnBox& box : drawn.boxes) widths.push_back(width_of(box));
  const GraphLayout layout = lay_out(widths, drawn.edges);
  std::string svg = cat("<svg id=\"", html_escape(id), "\" xmlns=\"http://www.w3.org/2000/svg\" ",
                        "viewBox=\"0 0 ", svg_number(layout.width), " ", svg_number(layout.height),
                        "\">\n<path class=\"e\" d=\"");
  for (const std::vector<DrawnPoint>& line : layout.lines) svg += path_of(line);
  svg += "\"/>\n";
  for (size_t i = 0; i < drawn.boxes.size(); ++i) {
    svg += box_of(drawn.boxes[i], layout.boxes[i], classes);
  }
  return svg + "</svg>\n";
}

std::string svg_number(double value) { return fixed(value, 2); }

std::string html_escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const std::string_view entity = c == '&'   ? "&amp;"
                                    : c == '<' ? "&lt;"
                                    : c == '>' ? "&gt;"
                                    : c == '"' ? "&quot;"
                                               : "";
    if (entity.empty()) escaped += static_cast<unsigned char>(c) < ' ' && c != '\n' ? ' ' : c;
    escaped += entity;
  }
  return escaped;
}

}  // namespace hone::cli
