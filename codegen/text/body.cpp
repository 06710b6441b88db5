// SPDX-License-Identifier: Apache-2.0
#include "text/body.hpp"

namespace synfire::codegen::text {
namespace {

class BodyPrinter {
 public:
  BodyPrinter(const BodyStyle& style, Writer& out) : style_(style), out_(out) {}

  void print(const std::vector<Statement>& body) {
    for (const Statement& statement : body) std::visit([this](const auto& each) { print(each); }, statement);
  }

 private:
  std::string expression(const Expr& value) const { return text::print(value, style_); }
  static std::string type(const Expr& value) { return std::string(to_string(value->type)); }

  void print(const Let& s) { out_.line("const " + type(s.value) + " " + s.name + " = " + expression(s.value) + ";"); }
  void print(const Variable& s) { out_.line(type(s.value) + " " + s.name + " = " + expression(s.value) + ";"); }
  void print(const Set& s) { out_.line(s.name + " = " + expression(s.value) + ";"); }
  void print(const Store& s) {
    const Array& array = style_.program->arrays[s.array];
    std::string value = expression(s.value);
    // Memory may hold a narrower type than the program computes with.
    using Element = contract::ElementType;
    const Element memory = array.element_type;
    if (array.role && (memory == Element::i8 || memory == Element::u8 || memory == Element::u16))
      value = "static_cast<" + element_type(memory) + ">(" + value + ")";
    out_.line(style_.element(s.array, s.index ? expression(s.index) : std::string{}) + " = " + value + ";");
  }
  void print(const Emit& s) { style_.emit(s, out_); }
  void print(const Comment& s) { out_.comment(s.text); }
  void print(const If& s) {
    {
      const auto scope = out_.scope("if (" + expression(s.condition) + ") {", s.otherwise.empty() ? "}" : "");
      print(s.then);
    }
    if (s.otherwise.empty()) return;
    const auto scope = out_.scope("} else {");
    print(s.otherwise);
  }
  void print(const Repeat& s) {
    const auto scope = out_.scope(repetition(s));
    print(s.body);
  }

  const BodyStyle& style_;
  Writer& out_;
};

}  // namespace

std::string repetition(const Repeat& repeat) {
  const std::string& counter = repeat.counter;
  return "for (u32 " + counter + " = 0u; " + counter + " < " + std::to_string(repeat.count) + "u; ++" + counter + ") {";
}

void print_body(const std::vector<Statement>& body, const BodyStyle& style, Writer& out) {
  BodyPrinter(style, out).print(body);
}

std::string element_type(contract::ElementType type) {
  switch (type) {
    case contract::ElementType::f32: return "float";
    case contract::ElementType::i32: return "i32";
    case contract::ElementType::u32: return "u32";
    case contract::ElementType::u16: return "u16";
    case contract::ElementType::u8: return "u8";
    case contract::ElementType::i8: return "i8";
  }
  return {};
}

}  // namespace synfire::codegen::text
