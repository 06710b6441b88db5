// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/readable.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "synfire/base/text.hpp"

namespace synfire::base {
namespace {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

// In characters, for UTF-8.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& right) {
  constexpr std::size_t longest_cell = 1000;
  std::vector<std::size_t> widths;
  // Names from files must stay within their cells.
  std::vector<std::vector<std::string>> cells = rows;
  for (auto& row : cells) {
    for (std::string& cell : row) cell = one_line(cell, longest_cell);
  }
  for (const auto& row : cells) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  std::string text;
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string padding(widths[c] - width(row[c]), ' ');
      const bool aligned_right = c < right.size() && right[c];
      line += (c == 0 ? "" : "  ") + (aligned_right ? padding + row[c] : row[c] + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string grouped(std::size_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string readable_bytes(std::size_t bytes) {
  if (bytes < 1024) return counted(bytes, "byte");
  static constexpr std::array units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double amount = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; amount >= 1024 && unit + 1 < units.size(); ++unit) amount /= 1024;
  return format("%.1f %s", amount, units[unit]);
}

std::string decimal(double value, int digits) { return format("%.*g", digits, value); }

std::string exact_decimal(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string readable_seconds(double seconds) {
  if (seconds < 1e-3) return format("%.1f µs", 1e6 * seconds);
  if (seconds < 1) return format("%.1f ms", 1e3 * seconds);
  return format("%.2f s", seconds);
}

std::string one_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + ('"' + names[i] + '"');
  return text;
}

std::string counted(std::size_t number, const std::string& thing) {
  if (number == 1) return "1 " + thing;
  const bool changes = thing.ends_with('y') && !thing.ends_with("ay") && !thing.ends_with("ey");
  if (changes) return grouped(number) + " " + thing.substr(0, thing.size() - 1) + "ies";
  return grouped(number) + " " + thing + "s";
}

}  // namespace synfire::base
