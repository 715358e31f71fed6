#include "table.h"

#include <algorithm>

#include "base/utf8.h"
#include "console.h"

namespace hone::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kLeastName = 8;  // of the first column that is cut
constexpr size_t kLeastText = 4;  // of another one
constexpr std::string_view kEllipsis = "\u2026";

size_t width_of(std::string_view text) { return static_cast<size_t>(display_width(text)); }

std::string cut(std::string_view cell, size_t width) {
  if (width_of(cell) <= width) return std::string(cell);
  size_t end = 0;
  size_t used = 0;
  while (end < cell.size()) {
    const size_t size = decode_utf8(cell, end).size;
    const size_t more = width_of(cell.substr(end, size));
    if (used + more + 1 > width) break;
    used += more;
    end += size;
  }
  return cat(cell.substr(0, end), kEllipsis);
}

void append_cell(std::string& line, std::string_view cell, size_t width, Align align) {
  const std::string padding(width - width_of(cell), ' ');
  if (align == Align::right) line += padding;
  line += cell;
  if (align == Align::left) line += padding;
}

}  // namespace

Table::Table(std::vector<Column> columns, std::string_view indent)
    : columns_(std::move(columns)), indent_(indent) {
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  if (std::ranges::any_of(titles, [](const std::string& title) { return !title.empty(); })) {
    rows_.push_back(std::move(titles));
  }
}

void Table::row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

// Takes one column after the other off the widest text until the line fits, and off the names in
// the first column only when nothing else is left: they are what a person types.
void Table::shrink(std::vector<size_t>& widths, size_t columns) const {
  size_t line = display_width(indent_) + kGap * (widths.size() - 1);
  for (const size_t width : widths) line += width;
  while (line > columns) {
    size_t widest = 0;
    for (size_t i = 1; i < widths.size(); ++i) {
      if (columns_[i].align != Align::left || widths[i] <= kLeastText) continue;
      if (widest == 0 || widths[i] > widths[widest]) widest = i;
    }
    if (widest == 0 && widths[0] <= kLeastName) return;
    --widths[widest];
    --line;
  }
}

std::string Table::text_for(const Console& console) const {
  return text_within(console.out_is_terminal() ? static_cast<size_t>(console.width()) : 0);
}

std::string Table::text_within(size_t columns) const {
  std::vector<size_t> widths(columns_.size());
  for (const auto& cells : rows_) {
    for (size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(cells[i]));
    }
  }
  if (columns > 0) shrink(widths, columns);
  std::string text;
  for (const auto& cells : rows_) {
    std::string line = indent_;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      append_cell(line, cut(cells[i], widths[i]), widths[i], columns_[i].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace hone::cli
