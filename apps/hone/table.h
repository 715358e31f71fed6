// Tables with aligned columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone::cli {

class Console;

enum class Align { left, right };

// Table table({{"NAME"}, {"SIZE", Align::right}}); table.row({"smollm2", "98 MB"}); table.text();
class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  // Without any title there is no head line.
  explicit Table(std::vector<Column> columns, std::string_view indent = "");

  // Cells left out are empty; those beyond the last column are ignored.
  void row(std::vector<std::string> cells);
  // Every line ends in a newline and has no space before it. On a terminal a table that is wider
  // than that has its widest columns of text cut with an ellipsis, the first one last: it names
  // what a line is about.
  std::string text() const { return text_within(0); }
  std::string text_for(const Console& console) const;

 private:
  std::string text_within(size_t columns) const;  // 0: as wide as it is
  void shrink(std::vector<size_t>& widths, size_t columns) const;

  std::vector<Column> columns_;
  std::string indent_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hone::cli
