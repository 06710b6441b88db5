// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "files/json.hpp"
#include "synfire/error.hpp"

namespace synfire::json {
namespace {

// Reads a text for the parser, and tracks how far it got.
class Reached {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Reached(const char* at, const char** farthest) : at_(at), farthest_(farthest) {}
  reference operator*() const { return *at_; }
  Reached& operator++() {
    *farthest_ = ++at_;
    return *this;
  }
  Reached operator++(int) {
    Reached before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Reached& other) const { return at_ == other.at_; }
  bool operator!=(const Reached& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** farthest_;
};

// Lines and columns of a text, queried from front to back.
class Positions {
 public:
  explicit Positions(std::string_view text) : text_(text) {}

  Position at(std::size_t offset) {
    for (const std::size_t end = std::min(offset, text_.size()); next_ < end; ++next_) {
      const bool continues_character = (static_cast<unsigned char>(text_[next_]) & 0xC0u) == 0x80u;
      if (text_[next_] == '\n') {
        position_ = {position_.line + 1, 1};
      } else if (!continues_character) {
        ++position_.column;
      }
    }
    return position_;
  }

 private:
  std::string_view text_;
  std::size_t next_ = 0;
  Position position_ = {1, 1};
};

// The parser's message, in parts: `… - <message>; last read: '<text>'; expected <expected>`. The text may contain
// anything.
struct Complaint {
  std::string message, expected;

  explicit Complaint(const std::string& what) {
    const std::string text = after(what, "] ", 0);
    const std::size_t read = text.find("; last read: '");
    const std::size_t wish = read == std::string::npos ? text.find("; expected ") : text.rfind("; expected ");
    constexpr std::size_t longest = 120;  // a number may have any number of digits
    message = "invalid JSON: " + after(text.substr(0, read == std::string::npos ? wish : read), " - ", 0);
    message.resize(std::min(message.size(), longest));
    if (wish != std::string::npos && (read == std::string::npos || wish > read))
      expected = after(text, "; expected ", wish);
  }

 private:
  static std::string after(const std::string& text, const std::string& mark, std::size_t from) {
    const std::size_t found = text.find(mark, from);
    return found == std::string::npos ? text : text.substr(found + mark.size());
  }
};

// Builds the document from the events of the parser.
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(std::string_view text, const std::string& file) : text_(text), file_(file), positions_(text) {}

  const char** farthest() { return &farthest_; }

  Node finish() {
    if (!problems_.empty()) throw DataError(std::move(problems_));
    return std::move(root_);
  }

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(std::int64_t value) override { return add(value); }
  bool number_unsigned(std::uint64_t value) override { return add(value); }
  bool number_float(double value, const std::string&) override { return add(value); }
  bool string(std::string& value) override { return add(std::move(value)); }
  bool binary(nlohmann::json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Object{}); }
  bool start_array(std::size_t) override { return open(List{}); }
  bool end_array() override { return close(); }
  bool end_object() override {
    seen_.pop_back();
    return close();
  }

  bool key(std::string& value) override {
    auto& object = std::get<Object>(open_.back()->content);
    const Position position = begin_of_token();
    const auto [first, is_new] = seen_.back().emplace(value, position);
    if (!is_new) {
      fail(ProblemKind::duplicate_name, position, "duplicate key \"" + value + '"',
           {.hint = "the first is in line " + std::to_string(first->second.line) + "; remove one", .given = value});
    }
    object.push_back({std::move(value), {}, position});
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) override {
    const Complaint complaint(error.what());
    const bool at_end = complaint.message.find("end of input") != std::string::npos;
    const bool whole_token = complaint.message.find("unexpected") != std::string::npos && !at_end;
    const std::size_t last = reached() - (at_end || reached() == 0 ? 0 : 1);
    const bool punctuation = last < text_.size() && std::string_view(",:[]{}").find(text_[last]) != std::string::npos;
    fail(ProblemKind::malformed_file, whole_token && !punctuation ? begin_of_token() : positions_.at(last),
         complaint.message, {.expected = complaint.expected});
    return false;
  }

 private:
  void fail(ProblemKind kind, Position position, const std::string& message, Problem rest = {}) {
    rest.kind = kind;
    rest.path = "description";
    rest.message = message;
    rest.place = {.file = file_, .line = position.line, .column = position.column};
    problems_.push_back(std::move(rest));
  }

  std::size_t reached() const { return static_cast<std::size_t>(farthest_ - text_.data()); }

  // The position of the token that the parser has just read; the previous one ended at `end_of_last_`.
  Position begin_of_token() {
    const std::string_view between = " \t\r\n,:]}\xEF\xBB\xBF";
    const std::size_t begin = std::min(text_.find_first_not_of(between, end_of_last_), text_.size());
    // After a number, the parser has read one more character.
    const std::size_t end_of_number = std::min(text_.find_first_not_of("+-.0123456789eE", begin), text_.size());
    end_of_last_ = end_of_number == begin ? reached() : end_of_number;
    return positions_.at(begin);
  }

  Node* place() {
    if (open_.empty()) return &root_;
    if (auto* list = std::get_if<List>(&open_.back()->content)) return &list->emplace_back();
    return &std::get<Object>(open_.back()->content).back().value;
  }

  template <class Content>
  bool add(Content content) {
    Node* node = place();
    node->position = begin_of_token();
    node->content = std::move(content);
    return true;
  }

  template <class Container>
  bool open(Container container) {
    Node* node = place();
    node->position = begin_of_token();
    node->content = std::move(container);
    open_.push_back(node);
    if constexpr (std::is_same_v<Container, Object>) seen_.emplace_back();
    if (open_.size() <= deepest) return true;
    fail(ProblemKind::malformed_file, node->position, "lists and objects are nested too deeply",
         {.expected = "at most " + std::to_string(deepest) + " levels"});
    return false;
  }

  bool close() {
    open_.pop_back();
    end_of_last_ = reached();
    return true;
  }

  std::string_view text_;
  std::string file_;
  Positions positions_;
  const char* farthest_ = text_.data();
  std::size_t end_of_last_ = 0;
  Node root_;
  std::vector<Node*> open_;
  std::vector<std::map<std::string, Position>> seen_;  // keys of the open objects
  std::vector<Problem> problems_;
};

}  // namespace

double Node::number() const {
  if (const auto* whole = std::get_if<std::int64_t>(&content)) return static_cast<double>(*whole);
  if (const auto* natural = std::get_if<std::uint64_t>(&content)) return static_cast<double>(*natural);
  return std::get<double>(content);
}

const Node* find(const Object& object, std::string_view key) {
  const auto found = std::find_if(object.begin(), object.end(), [&](const Member& each) { return each.key == key; });
  return found == object.end() ? nullptr : &found->value;
}

Node parse(std::string_view text, const std::string& file) {
  if (text.size() > longest_text) {
    throw DataError({.kind = ProblemKind::malformed_file,
                     .path = "description",
                     .message = "the description is too long",
                     .hint = "put arrays into the .npz",
                     .expected = "at most " + std::to_string(longest_text >> 20) + " MiB",
                     .given = std::to_string(text.size() >> 20) + " MiB",
                     .place = {.file = file}});
  }
  Builder builder(text, file);
  const Reached begin(text.data(), builder.farthest());
  const Reached end(text.data() + text.size(), builder.farthest());
  nlohmann::json::sax_parse(begin, end, &builder);
  return builder.finish();
}

}  // namespace synfire::json
