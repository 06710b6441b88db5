// SPDX-License-Identifier: Apache-2.0
// Numbers and tables for people to read.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace synfire::base {

// Columns of text, each as wide as needed; the first row is the heading. `right`: which columns are aligned right.
std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& right = {});

// `1,234,567`, `12.5 MiB`, `0.8906`, `123 ms`.
std::string grouped(std::size_t number);
std::string readable_bytes(std::size_t bytes);
std::string decimal(double value, int digits = 6);
// The fewest digits that read back as the same number.
std::string exact_decimal(double value);
std::string readable_seconds(double seconds);

// `"a", "b" or "c"`.
std::string one_of(const std::vector<std::string>& names);

// `1 example`, `2 examples`.
std::string counted(std::size_t number, const std::string& thing);

}  // namespace synfire::base
