// Tables with aligned columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hone::cli {

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
  // Every line ends in a newline and has no space before it.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::string indent_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace hone::cli
