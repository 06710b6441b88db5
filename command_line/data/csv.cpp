// SPDX-License-Identifier: Apache-2.0
#include "data/csv.hpp"

#include <algorithm>
#include <string_view>

#include "output.hpp"
#include "synfire/base/files.hpp"
#include "synfire/error.hpp"

namespace synfire::command_line {
namespace {

constexpr std::size_t longest_table = std::size_t{64} << 20;

class CsvReader {
 public:
  CsvReader(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}

  Csv read() {
    if (text_.empty()) fail("the table is empty", "a line with the names of the columns", {});
    Csv table;
    table.names = row();
    require_unique(table.names);
    while (!text_.empty()) {
      const int line = line_;
      table.rows.push_back(row());
      if (table.rows.back().size() == table.names.size()) continue;
      line_ = line;
      fail("the row has the wrong length", counted(table.names.size(), "cell"),
           counted(table.rows.back().size(), "cell"));
    }
    return table;
  }

 private:
  [[noreturn]] void fail(const std::string& message, const std::string& expected, const std::string& given) const {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = "table",
                     .message = message,
                     .expected = expected,
                     .given = given,
                     .place = {.file = file_, .line = line_}});
  }

  void require_unique(const std::vector<std::string>& names) const {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
          names.begin() + static_cast<std::ptrdiff_t>(i))
        fail("two columns have the same name", {}, names[i]);
    }
  }

  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  // Also removes the end of the line.
  std::vector<std::string> row() {
    std::vector<std::string> cells;
    do cells.push_back(text_.starts_with('"') ? quoted() : plain());
    while (take(','));
    const bool carriage_return = take('\r');
    if (!take('\n') && (!text_.empty() || carriage_return))
      fail("a cell does not end at a comma or at the end of the line", {}, {});
    ++line_;
    return cells;
  }

  std::string plain() {
    std::string cell(text_.substr(0, text_.find_first_of(",\r\n")));
    text_.remove_prefix(cell.size());
    return cell;
  }

  std::string quoted() {
    const int line = line_;
    text_.remove_prefix(1);
    std::string cell;
    while (!text_.empty()) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '\n') ++line_;
      if (c == '"' && !take('"')) return cell;
      cell += c;
    }
    line_ = line;
    fail("a quote has no end", {}, {});
  }

  std::string_view text_;
  std::string file_;
  int line_ = 1;
};

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + '"';
}

std::string csv_line(const std::vector<std::string>& cells) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ",") + csv_cell(cells[i]);
  return text + "\n";
}

}  // namespace

Csv read_csv(const std::filesystem::path& path) {
  std::error_code unknown;
  const std::uintmax_t size = std::filesystem::file_size(path, unknown);
  if (!unknown && size > longest_table) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = path.string(),
                     .message = "the table is too long",
                     .expected = "at most " + readable_bytes(longest_table),
                     .given = readable_bytes(size)});
  }
  const std::vector<std::byte> bytes = base::read_file(path);
  return CsvReader({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, path.string()).read();
}

std::string csv_text(const Csv& table) {
  std::string text = csv_line(table.names);
  for (const auto& row : table.rows) text += csv_line(row);
  return text;
}

}  // namespace synfire::command_line
