// SPDX-License-Identifier: Apache-2.0
#include "text/writer.hpp"

namespace synfire::codegen::text {

Writer& Writer::comment(std::string_view content) {
  const std::size_t width = 107 - 2 * depth_;
  while (content.size() > width) {
    std::size_t cut = content.rfind(' ', width);
    if (cut == std::string_view::npos || cut == 0) cut = content.find(' ');
    if (cut == std::string_view::npos) break;
    line("// " + std::string(content.substr(0, cut)));
    content.remove_prefix(cut + 1);
  }
  return line("// " + std::string(content));
}

}  // namespace synfire::codegen::text
