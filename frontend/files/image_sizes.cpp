// SPDX-License-Identifier: Apache-2.0
// Sizes and padding of convolutions and pools: a number where all sides are equal, else a list.
#include "files/read.hpp"
#include "files/write.hpp"

namespace synfire::files {

void read(const Cursor& cursor, Size2D& result) {
  const json::List* list = cursor.node().list();
  if (!list && !cursor.node().is_number()) return cursor.wrong_type("an integer, or [height, width]");
  std::vector<std::uint32_t> extents(1);
  const std::size_t before = cursor.reading().problems.size();
  if (list)
    read_list(cursor, extents);
  else
    read(cursor, extents.front());
  if (cursor.reading().problems.size() != before) return;
  if (list && extents.size() != 2) {
    return cursor.fail({.kind = ProblemKind::shape_mismatch,
                        .message = "the list has the wrong length",
                        .expected = "[height, width]",
                        .given = std::to_string(extents.size()) + " elements"});
  }
  result = {extents.front(), extents.back()};
}

json::Node write(Writing& writing, const Size2D& value) {
  if (value.height == value.width) return write(writing, value.height);
  return {json::List{write(writing, value.height), write(writing, value.width)}};
}

// Names and numbers of sides are checked with the network.
void read(const Cursor& cursor, Padding& result) {
  const json::Node& node = cursor.node();
  if (const std::string* name = node.text()) return void(result = *name);
  if (!node.list() && !node.is_number()) return cursor.wrong_type("\"valid\", \"same\", an integer or a list of them");
  Padding padding(0);
  const std::size_t before = cursor.reading().problems.size();
  if (node.list())
    read_list(cursor, padding.pixels);
  else
    read(cursor, padding.pixels.front());
  if (cursor.reading().problems.size() == before) result = std::move(padding);
}

json::Node write(Writing& writing, const Padding& value) {
  if (!value.mode.empty()) return write(writing, value.mode);
  return value.pixels.size() == 1 ? write(writing, value.pixels.front()) : write_list(writing, value.pixels);
}

}  // namespace synfire::files
