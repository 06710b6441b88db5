// SPDX-License-Identifier: Apache-2.0
// Writes indented text: every printer of the compiler uses it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace synfire::codegen::text {

class Writer {
 public:
  // One line; empty lines carry no spaces.
  Writer& line(std::string_view content = {}) {
    if (!content.empty()) text_.append(2 * depth_, ' ').append(content);
    text_ += '\n';
    return *this;
  }
  // A comment, broken at 110 columns and where the text has line ends. The text is foreign: names of users are in it, and
  // whatever it holds, none of it is code.
  Writer& comment(std::string_view content);
  // A line with a comment behind it, if there is one.
  Writer& line(std::string_view code, std::string_view remark);

  // Indents what is written while it lives, and closes the scope.
  class Scope {
   public:
    Scope(Writer& writer, std::string close) : writer_(writer), close_(std::move(close)) { ++writer_.depth_; }
    ~Scope() {
      --writer_.depth_;
      if (!close_.empty()) writer_.line(close_);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Writer& writer_;
    std::string close_;
  };
  [[nodiscard]] Scope scope(std::string_view open, std::string close = "}") {
    line(open);
    return Scope(*this, std::move(close));
  }

  // A writer with the same indentation, and what it has written.
  Writer nested() const {
    Writer writer;
    writer.depth_ = depth_;
    return writer;
  }
  Writer& append(std::string_view lines) {
    text_ += lines;
    return *this;
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::size_t depth_ = 0;
};

}  // namespace synfire::codegen::text
