// SPDX-License-Identifier: Apache-2.0
// The labels of DVS Gesture: a table of class, startTime_usec and endTime_usec beside an AEDAT file.
#include <algorithm>
#include <charconv>
#include <string_view>

#include "data/events/event_reading.hpp"
#include "synfire/error.hpp"

namespace synfire::event_files {
namespace {

constexpr std::size_t largest_table = std::size_t{1} << 24;
constexpr std::string_view label_columns = "class,startTime_usec,endTime_usec";

class LabelReader {
 public:
  LabelReader(Bytes bytes, const std::string& name)
      : text_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), name_(name) {}

  std::vector<EventLabel> read() {
    if (text_.size() > largest_table) malformed_events(name_, "the table of labels is too long", "at most 16 MiB");
    if (const std::string_view first = take_line(); first != label_columns)
      fail("the columns of the table have other names", std::string(label_columns), std::string(first.substr(0, 80)));
    std::vector<EventLabel> parts;
    while (!text_.empty()) {
      const std::string_view line = take_line();
      if (!line.empty()) parts.push_back(read_part(line));
    }
    if (parts.empty()) fail("the table has no labels", "a line for each", "none");
    std::stable_sort(parts.begin(), parts.end(),
                     [](const EventLabel& a, const EventLabel& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < parts.size(); ++i) {
      if (parts[i].begin >= parts[i - 1].end) continue;
      malformed_events(name_, "two labels overlap in time", "a start at or after " + std::to_string(parts[i - 1].end),
                       std::to_string(parts[i].begin));
    }
    return parts;
  }

 private:
  [[noreturn]] void fail(const std::string& message, const std::string& expected, const std::string& given) const {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = "labels",
                     .message = message,
                     .expected = expected,
                     .given = given,
                     .place = {.file = name_, .line = line_}});
  }

  std::string_view take_line() {
    ++line_;
    const std::size_t end = text_.find('\n');
    std::string_view line = text_.substr(0, end);
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  std::int64_t take_number(std::string_view& line, bool is_last) const {
    const std::string_view cell = line.substr(0, line.find(','));
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    const bool ends = (cell.size() == line.size()) == is_last;
    if (error != std::errc{} || end != cell.data() + cell.size() || !ends || value < 0)
      fail("the line is not three whole numbers", std::string(label_columns), std::string(line.substr(0, 80)));
    line.remove_prefix(std::min(line.size(), cell.size() + 1));
    return value;
  }

  EventLabel read_part(std::string_view line) const {
    const std::int64_t label = take_number(line, false), begin = take_number(line, false),
                       end = take_number(line, true);
    if (label < 1) fail("classes count from 1", "at least 1", std::to_string(label));
    if (end <= begin) fail("the end is not after the start", {}, std::to_string(begin) + " to " + std::to_string(end));
    return {.label = label - 1, .begin = begin, .end = end};
  }

  std::string_view text_;
  const std::string& name_;
  int line_ = 0;
};

}  // namespace

std::filesystem::path labels_beside(const std::filesystem::path& aedat) {
  std::filesystem::path labels = aedat;
  return labels.replace_filename(aedat.stem().string() + "_labels.csv");
}

}  // namespace synfire::event_files

namespace synfire {

std::vector<EventLabel> read_event_labels(std::span<const std::byte> bytes, const std::string& name) {
  return event_files::LabelReader(bytes, name).read();
}

std::vector<EventLabel> read_event_labels(const std::filesystem::path& csv) {
  return read_event_labels(event_files::read_event_bytes(csv), csv.string());
}

}  // namespace synfire
