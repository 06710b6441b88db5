// SPDX-License-Identifier: Apache-2.0
// A writer of indented text, used by every printer of the compiler.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace synfire::codegen::text {

class Writer {
 public:
  // One line; empty lines have no spaces.
  Writer& line(std::string_view content = {}) {
    if (!content.empty()) text_.append(2 * depth_, ' ').append(content);
    text_ += '\n';
    return *this;
  }
  // A comment, broken at 110 columns and at the line ends of the text. The text is untrusted, as it contains names from
  // users: whatever it contains, none of it becomes code.
  Writer& comment(std::string_view content);
  // A line followed by a comment, if there is one.
  Writer& line(std::string_view code, std::string_view remark);

  // Indents everything written during its lifetime, then closes the scope.
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

  // A writer with the same indentation; `append` adds what it has written.
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
