// SPDX-License-Identifier: Apache-2.0
#include "text/writer.hpp"

#include "synfire/base/text.hpp"

namespace synfire::codegen::text {
namespace {

// Text for a // comment of C++ and CUDA, without anything that would end the line or continue it on the next: line
// ends, backslashes and the trigraph for a backslash.
std::string in_comment(std::string_view content) {
  std::string text = base::one_line(content);
  for (char& c : text) {
    if (c == '\\') c = '/';
  }
  constexpr const char* marks = "\?\?";
  for (std::size_t at = text.find(marks); at != std::string::npos; at = text.find(marks, at + 1))
    text.insert(at + 1, 1, ' ');
  return text;
}

}  // namespace

Writer& Writer::comment(std::string_view content) {
  for (std::size_t end = content.find('\n'); end != std::string_view::npos; end = content.find('\n')) {
    comment(content.substr(0, end));
    content.remove_prefix(end + 1);
  }
  const std::string text = in_comment(content);
  std::string_view rest = text;
  const std::size_t width = 107 - 2 * depth_;
  while (rest.size() > width) {
    std::size_t cut = rest.rfind(' ', width);
    if (cut == std::string_view::npos || cut == 0) cut = rest.find(' ');
    if (cut == std::string_view::npos) break;
    line("// " + std::string(rest.substr(0, cut)));
    rest.remove_prefix(cut + 1);
  }
  return line("// " + std::string(rest));
}

Writer& Writer::line(std::string_view code, std::string_view remark) {
  return line(std::string(code) + (remark.empty() ? "" : "  // " + in_comment(remark)));
}

}  // namespace synfire::codegen::text
