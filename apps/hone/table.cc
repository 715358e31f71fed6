#include "table.h"

#include <algorithm>

#include "console.h"

namespace hone::cli {
namespace {

constexpr size_t kGap = 2;

void append_cell(std::string& line, std::string_view cell, size_t width, Align align) {
  const std::string padding(width - static_cast<size_t>(display_width(cell)), ' ');
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

std::string Table::text() const {
  std::vector<size_t> widths(columns_.size());
  for (const auto& cells : rows_) {
    for (size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], static_cast<size_t>(display_width(cells[i])));
    }
  }
  std::string text;
  for (const auto& cells : rows_) {
    std::string line = indent_;
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line.append(kGap, ' ');
      append_cell(line, cells[i], widths[i], columns_[i].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace hone::cli
