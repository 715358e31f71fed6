#include "memory_drawing.h"

#include <algorithm>
#include <array>
#include <map>

#include "graph_drawing.h"
#include "table.h"

namespace hone::cli {
namespace {

constexpr std::string_view kValueLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr int kChartRows = 20, kLabelColumns = 9, kMostColumns = 160;

std::vector<const PlacedValue*> largest_first(const PlacedPlan& plan) {
  std::vector<const PlacedValue*> order;
  for (const PlacedValue& value : plan.values) order.push_back(&value);
  std::ranges::stable_sort(order, std::greater{}, [](const auto* value) { return value->bytes; });
  return order;
}

// A sign for what lies in the middle of each cell; spaces are free.
std::vector<std::string> cells_of(const PlacedPlan& plan, int columns) {
  std::vector<std::string> rows(kChartRows, std::string(static_cast<size_t>(columns), ' '));
  const auto order = largest_first(plan);
  const double row_bytes = static_cast<double>(plan.bytes) / kChartRows;
  for (size_t i = order.size(); i-- > 0;) {
    const PlacedValue& value = *order[i];
    const char sign = i < kValueLetters.size() ? kValueLetters[i] : '.';
    for (int column = 0; column < columns; ++column) {
      const int64_t group = (2 * column + 1) * int64_t{plan.groups} / (2 * columns);
      if (group < value.first || group > value.last) continue;
      for (int row = 0; row < kChartRows; ++row) {
        const double at = (row + 0.5) * row_bytes;
        if (at < static_cast<double>(value.offset)) continue;
        if (at >= static_cast<double>(value.offset + value.bytes)) break;
        rows[static_cast<size_t>(kChartRows - 1 - row)][static_cast<size_t>(column)] = sign;
      }
    }
  }
  return rows;
}

std::string groups_text(const PlacedValue& value) {
  return value.first == value.last ? cat(value.first) : cat(value.first, " to ", value.last);
}

// A hue for each op, in shades, so that neighbors can be told apart.
std::string color_of(std::string_view op, size_t shade) {
  uint32_t hash = 2166136261u;
  for (const char c : op) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return cat("hsl(", hash % 360, " 55% ", 58 + shade % 3 * 7, "%)");
}
// Of the parts of a bar, in a row.
std::string color_of_part(size_t index) {
  return cat("hsl(", (20 + index * 137) % 360, " 60% 65%)");
}

constexpr double kDrawingWidth = 1200, kChartLeft = 80, kChartHeight = 460;

std::string text_at(double x, double y, std::string_view text, std::string_view more = "") {
  return cat("<text x=\"", svg_number(x), "\" y=\"", svg_number(y), "\"", more.empty() ? "" : " ",
             more, ">", html_escape(text), "</text>\n");
}

std::string box_at(double x, double y, double width, double height, std::string_view color,
                   const std::string& about) {
  return cat("<rect x=\"", svg_number(x), "\" y=\"", svg_number(y), "\" width=\"",
             svg_number(width), "\" height=\"", svg_number(height), "\" fill=\"", color,
             "\"><title>", html_escape(about), "</title></rect>\n");
}

// All memory as one bar, with its parts named below.
std::string bar_of(const MemoryReport& report, double& y) {
  const auto total = static_cast<double>(std::max<uint64_t>(1, report.total()));
  std::string svg;
  double x = kChartLeft;
  size_t named = 0;
  for (const MemoryPart& part : parts_of(report)) {
    if (part.bytes == 0) continue;
    const std::string color = color_of_part(named);
    const double width =
        (kDrawingWidth - kChartLeft - 20) * static_cast<double>(part.bytes) / total;
    const std::string about = cat(part.meaning, ": ", human_bytes(part.bytes));
    svg += box_at(x, y, width, 28, color, about);
    const double at = y + 50 + 18 * static_cast<double>(named++);
    svg += box_at(kChartLeft, at - 10, 12, 12, color, about);
    svg += text_at(kChartLeft + 20, at, about);
    x += width;
  }
  y += 60 + 18 * static_cast<double>(named);
  return svg;
}

std::string chart_of(const PlacedPlan& plan, double& y) {
  const double columns = (kDrawingWidth - kChartLeft - 20) / std::max(1, plan.groups);
  const double scale = kChartHeight / static_cast<double>(std::max<int64_t>(1, plan.bytes));
  std::string svg = text_at(kChartLeft, y,
                            cat(human_bytes(static_cast<uint64_t>(plan.bytes)), " for values of ",
                                human_bytes(static_cast<uint64_t>(plan.apart)), ", over ",
                                plan.groups, " groups of steps"));
  y += 12;
  svg += cat("<rect class=\"f\" x=\"", svg_number(kChartLeft), "\" y=\"", svg_number(y),
             "\" width=\"", svg_number(kDrawingWidth - kChartLeft - 20), "\" height=\"",
             svg_number(kChartHeight), "\"/>\n");
  for (int i = 0; i <= 4; ++i) {
    svg += text_at(kChartLeft - 6, y + kChartHeight * (4 - i) / 4 + 4,
                   human_bytes(static_cast<uint64_t>(plan.bytes) * static_cast<uint64_t>(i) / 4),
                   "text-anchor=\"end\"");
  }
  for (size_t i = 0; i < plan.values.size(); ++i) {
    const PlacedValue& value = plan.values[i];
    const double height = scale * static_cast<double>(value.bytes);
    const double width = columns * (value.last - value.first + 1);
    const double x = kChartLeft + columns * value.first;
    const double top = y + kChartHeight - scale * static_cast<double>(value.offset) - height;
    const std::string about = cat(printable(value.name, 200), "\n", value.op, ", ",
                                  human_bytes(static_cast<uint64_t>(value.bytes)), " at ",
                                  value.offset, "\ngroups ", groups_text(value));
    svg += box_at(x, top, width, height, color_of(value.op, i), about);
    if (width > 46 && height > 13)
      svg += text_at(x + 4, top + height / 2 + 4, value.op, "class=\"i\"");
  }
  y += kChartHeight + 16;
  svg += text_at(kChartLeft, y, "steps run from left to right");
  y += 36;
  return svg;
}

}  // namespace

std::string drawing_of(const PlacedPlan& plan, const Console& console) {
  if (plan.bytes == 0) return {};
  const int columns = std::clamp(console.width() - kLabelColumns - 1, 20, kMostColumns);
  std::string text = cat(human_bytes(static_cast<uint64_t>(plan.bytes)), " for values of ",
                         human_bytes(static_cast<uint64_t>(plan.apart)), ", over ", plan.groups,
                         plan.groups == 1 ? " group" : " groups", " of steps\n");
  const std::vector<std::string> rows = cells_of(plan, columns);
  for (int r = 0; r < kChartRows; ++r) {
    const bool labeled = r == 0 || r == kChartRows / 2;
    const auto at =
        static_cast<uint64_t>(plan.bytes) * static_cast<uint64_t>(kChartRows - r) / kChartRows;
    const std::string label = labeled ? human_bytes(at) : "";
    const size_t end = rows[static_cast<size_t>(r)].find_last_not_of(' ') + 1;
    text +=
        cat(std::string(kLabelColumns - 1 - std::min<size_t>(kLabelColumns - 1, label.size()), ' '),
            label, "|", rows[static_cast<size_t>(r)].substr(0, end), "\n");
  }
  Table table({{}, {"SIZE", Align::right}, {"GROUPS"}, {"OP"}, {"VALUE"}}, "  ");
  const auto order = largest_first(plan);
  for (size_t i = 0; i < std::min<size_t>(order.size(), 12); ++i) {
    table.row({std::string(1, kValueLetters[i]),
               human_bytes(static_cast<uint64_t>(order[i]->bytes)), groups_text(*order[i]),
               order[i]->op, printable(order[i]->name)});
  }
  return text + table.text_for(console);
}

std::string picture_of(const MemoryReport& report, std::string_view title) {
  double y = 30;
  std::string body =
      text_at(kChartLeft, y, cat(title, ": ", human_bytes(report.total())), "class=\"h\"");
  y += 20;
  body += bar_of(report, y);
  for (const PlacedPlan& plan : report.plans) {
    if (plan.bytes > 0) body += chart_of(plan, y);
  }
  return cat("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", svg_number(kDrawingWidth),
             " ", svg_number(y), "\" width=\"", svg_number(kDrawingWidth), "\" height=\"",
             svg_number(y),
             "\">\n<style>svg{background:#fff}text{font:12px system-ui,sans-serif;fill:#222}",
             "text.h{font-size:18px}text.i{font-size:10px;pointer-events:none}",
             "rect{stroke:#fff;stroke-width:.5}rect.f{fill:#f3f3f3}rect:hover{stroke:#000}",
             "</style>\n", body, "</svg>\n");
}

}  // namespace hone::cli
