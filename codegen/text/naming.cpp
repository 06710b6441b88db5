// SPDX-License-Identifier: Apache-2.0
#include "text/naming.hpp"

#include <algorithm>
#include <iterator>

namespace synfire::codegen::text {
namespace {

// Keywords of C++ and CUDA, and the names that printed code and the device headers use.
constexpr std::string_view reserved_names[] = {"alignas",
                                               "alignof",
                                               "and",
                                               "and_eq",
                                               "asm",
                                               "auto",
                                               "bitand",
                                               "bitor",
                                               "bool",
                                               "break",
                                               "case",
                                               "catch",
                                               "char",
                                               "char8_t",
                                               "char16_t",
                                               "char32_t",
                                               "class",
                                               "compl",
                                               "concept",
                                               "const",
                                               "consteval",
                                               "constexpr",
                                               "constinit",
                                               "const_cast",
                                               "continue",
                                               "co_await",
                                               "co_return",
                                               "co_yield",
                                               "decltype",
                                               "default",
                                               "delete",
                                               "do",
                                               "double",
                                               "dynamic_cast",
                                               "else",
                                               "enum",
                                               "explicit",
                                               "export",
                                               "extern",
                                               "false",
                                               "float",
                                               "for",
                                               "friend",
                                               "goto",
                                               "if",
                                               "inline",
                                               "int",
                                               "long",
                                               "mutable",
                                               "namespace",
                                               "new",
                                               "noexcept",
                                               "not",
                                               "not_eq",
                                               "nullptr",
                                               "operator",
                                               "or",
                                               "or_eq",
                                               "private",
                                               "protected",
                                               "public",
                                               "register",
                                               "reinterpret_cast",
                                               "requires",
                                               "return",
                                               "short",
                                               "signed",
                                               "sizeof",
                                               "static",
                                               "static_assert",
                                               "static_cast",
                                               "struct",
                                               "switch",
                                               "template",
                                               "this",
                                               "thread_local",
                                               "throw",
                                               "true",
                                               "try",
                                               "typedef",
                                               "typeid",
                                               "typename",
                                               "union",
                                               "unsigned",
                                               "using",
                                               "virtual",
                                               "void",
                                               "volatile",
                                               "wchar_t",
                                               "while",
                                               "xor",
                                               "xor_eq",
                                               "linux",
                                               "unix",
                                               "u8",
                                               "i8",
                                               "u32",
                                               "i32",
                                               "u64",
                                               "arguments",
                                               "thread",
                                               "trial",
                                               "example",
                                               "step",
                                               "steps",
                                               "last",
                                               "i",
                                               "k",
                                               "word",
                                               "frame",
                                               "threads",
                                               "timesteps",
                                               "scratch",
                                               "lane",
                                               "lanes",
                                               "strip",
                                               "strip_end",
                                               "absolute",
                                               "as_bits",
                                               "as_double",
                                               "as_float",
                                               "ceil_of",
                                               "cosine",
                                               "draw_normal",
                                               "draw_uniform",
                                               "exponential",
                                               "exponential_minus_one",
                                               "floor_of",
                                               "hyperbolic_tangent",
                                               "logarithm",
                                               "logarithm_one_plus",
                                               "matrix_exponential",
                                               "matrix_phi",
                                               "maximum",
                                               "minimum",
                                               "power",
                                               "round_of",
                                               "select",
                                               "sigmoid",
                                               "sign_of",
                                               "sine",
                                               "square_root",
                                               "age",
                                               "carry_neurons",
                                               "carry_readouts",
                                               "carry_spikes",
                                               "carry_synapses",
                                               "count",
                                               "fires",
                                               "fires_negative",
                                               "from",
                                               "given",
                                               "last_step",
                                               "number",
                                               "publish_spike",
                                               "slot",
                                               "sum",
                                               "synfire_trial",
                                               "to",
                                               "unused",
                                               "arrival",
                                               "capacity",
                                               "chunk",
                                               "entry",
                                               "now",
                                               "place",
                                               "room",
                                               "slot_example",
                                               "slots",
                                               "spike",
                                               "all",
                                               "factor",
                                               "scale",
                                               "square",
                                               "Trained",
                                               "begin",
                                               "end",
                                               "update",
                                               "NULL",
                                               "dim3",
                                               "threadIdx",
                                               "blockIdx",
                                               "blockDim",
                                               "gridDim",
                                               "warpSize",
                                               "I",
                                               "main",
                                               "std",
                                               "synfire",
                                               "simt"};

bool is_reserved(std::string_view name) {
  static const std::unordered_set<std::string_view> names(std::begin(reserved_names), std::end(reserved_names));
  return names.count(name) != 0;
}

// Independent of the locale.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string identifier(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool usable = is_letter(c) || is_digit(c) || c == '_';
    // Two underscores in a row are reserved for the implementation.
    if (usable && c != '_')
      text += c;
    else if (text.empty() || text.back() != '_')
      text += '_';
  }
  while (text.size() > 1 && text.back() == '_') text.pop_back();  // suffixes start with one
  if (text.empty() || is_digit(text[0])) text.insert(0, "n");
  if (text[0] == '_') text.insert(0, "n");
  return text;
}

Names::Names() = default;

std::string Names::unique(std::string_view wanted) {
  const std::string base = identifier(wanted);
  std::string name = base;
  for (int number = 2; is_reserved(name) || avoided_.count(name) != 0 || !taken_.insert(name).second; ++number)
    name = base + "_" + std::to_string(number);
  return name;
}

std::string Names::unique_family(std::string_view wanted, const std::vector<std::string_view>& suffixes) {
  const std::string base = identifier(wanted);
  const auto is_free = [this](const std::string& name) {
    return !is_reserved(name) && taken_.count(name) == 0 && avoided_.count(name) == 0;
  };
  const auto all_free = [&](const std::string& name) {
    return is_free(name) && std::all_of(suffixes.begin(), suffixes.end(),
                                        [&](std::string_view suffix) { return is_free(name + std::string(suffix)); });
  };
  std::string name = base;
  for (int number = 2; !all_free(name); ++number) name = base + "_" + std::to_string(number);
  taken_.insert(name);
  for (const std::string_view suffix : suffixes) taken_.insert(name + std::string(suffix));
  return name;
}

std::string Names::unique_within(Names& outer, std::string_view wanted) {
  const std::string base = identifier(wanted);
  std::string name = base;
  for (int number = 2; is_reserved(name) || outer.taken_.count(name) != 0 || !taken_.insert(name).second; ++number)
    name = base + "_" + std::to_string(number);
  outer.avoided_.insert(name);
  return name;
}

}  // namespace synfire::codegen::text
