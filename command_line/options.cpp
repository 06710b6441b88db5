// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <boost/program_options.hpp>
#include <charconv>
#include <cmath>
#include <utility>

namespace synfire::command_line {
namespace {

namespace po = boost::program_options;

std::string dashed(const std::string& name) { return "--" + name; }

po::options_description table_of(const std::vector<Option>& options) {
  po::options_description table;
  for (const Option& option : options) {
    const std::string names = option.letter != 0 ? option.name + "," + option.letter : option.name;
    if (option.value.empty())
      table.add_options()(names.c_str(), "");
    else
      table.add_options()(names.c_str(), po::value<std::string>(), "");
  }
  return table;
}

const Option* find(const std::vector<Option>& options, const std::string& name) {
  for (const Option& option : options) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

[[noreturn]] void unknown(const std::string& given, const std::vector<Option>& options) {
  std::vector<std::string> known;
  known.reserve(options.size());
  for (const Option& option : options) known.push_back(dashed(option.name));
  const std::string nearest = nearest_name(given, known);
  throw UsageError(usage_problem(given, "unknown option",
                                 nearest.empty() ? "see --help" : "did you mean " + nearest + "? see --help", nearest,
                                 given));
}

// Other errors of the library keep its own message.
std::vector<po::option> read(const std::vector<Option>& options, const std::vector<std::string>& words) {
  using Style = po::command_line_style::style_t;
  const po::options_description table = table_of(options);
  const int style = po::command_line_style::default_style & ~Style::allow_guessing & ~Style::allow_sticky;
  try {
    return po::command_line_parser(words).options(table).style(style).run().options;
  } catch (const po::unknown_option& error) {
    unknown(error.get_option_name(), options);
  } catch (const po::invalid_command_line_syntax& error) {
    const bool surplus = error.kind() == po::invalid_syntax::extra_parameter;
    throw UsageError(
        usage_problem(error.get_option_name(), surplus ? "the option takes no value" : "the option needs a value",
                      surplus ? "write one-letter options separately, as in -q -o FILE"
                              : "write a value that begins with a dash after an equals sign: --option=-1"));
  } catch (const po::error& error) {
    throw UsageError(usage_problem("command line", error.what(), "see --help"));
  }
}

void add_option(const po::option& given, const std::vector<Option>& options, Arguments& arguments) {
  const Option* option = find(options, given.string_key);
  if (option == nullptr) unknown(given.original_tokens.empty() ? given.string_key : given.original_tokens[0], options);
  if (arguments.has(option->name) && !option->repeated && !option->value.empty())
    throw UsageError(usage_problem(dashed(option->name), "the option is given twice"));
  arguments.add(option->name, given.value.empty() ? "" : given.value[0]);
}

void add_operand(const std::string& word, const std::vector<Operand>& operands, std::size_t& place,
                 Arguments& arguments) {
  if (place >= operands.size())
    throw UsageError(usage_problem("\"" + word + "\"", "unexpected argument", "see --help"));
  arguments.add(operands[place].name, word);
  if (!operands[place].repeated) ++place;
}

void require_operands(const std::vector<Operand>& operands, const Arguments& arguments) {
  for (const Operand& operand : operands) {
    if (operand.optional || arguments.has(operand.name)) continue;
    throw UsageError(usage_problem(operand.name, "missing: " + operand.help, "see --help"));
  }
}

}  // namespace

std::string Arguments::text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second.front();
}

const std::vector<std::string>& Arguments::list(const std::string& name) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

std::vector<std::string> Arguments::parts(const std::string& name) const {
  std::vector<std::string> parts;
  for (const std::string& value : list(name)) {
    for (const std::string& part : split(value, ',')) {
      if (part.empty()) throw UsageError(usage_problem(dashed(name), "an item between commas is empty", {}, {}, value));
      parts.push_back(part);
    }
  }
  return parts;
}

std::optional<std::uint64_t> Arguments::integer(const std::string& name, std::uint64_t least,
                                                std::uint64_t most) const {
  if (!has(name)) return std::nullopt;
  const std::string given = text(name);
  const auto value = to_integer(given);
  if (value && *value >= least && *value <= most) return value;
  throw UsageError(usage_problem(dashed(name), "the value is not an integer in range", {},
                                 std::to_string(least) + " to " + std::to_string(most), given));
}

std::optional<double> Arguments::number(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  const auto value = to_number(text(name));
  if (!value) throw UsageError(usage_problem(dashed(name), "the value is not a number", {}, "a number", text(name)));
  return value;
}

Arguments parse(const std::vector<Operand>& operands, const std::vector<Option>& options,
                const std::vector<std::string>& words) {
  Arguments arguments;
  std::size_t place = 0;
  for (const po::option& given : read(options, words)) {
    if (given.position_key < 0)
      add_option(given, options, arguments);
    else
      for (const std::string& word : given.value) add_operand(word, operands, place, arguments);
  }
  if (!arguments.has("help")) require_operands(operands, arguments);
  return arguments;
}

Problem usage_problem(const std::string& path, const std::string& message, const std::string& hint,
                      const std::string& expected, const std::string& given) {
  return {.kind = ProblemKind::invalid_option,
          .path = path,
          .message = message,
          .hint = hint,
          .expected = expected,
          .given = given};
}

std::optional<std::uint64_t> to_integer(const std::string& text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

std::optional<std::size_t> to_bytes(const std::string& text) {
  const std::size_t unit = text.empty() ? std::string::npos : std::string_view("KMGT").find(text.back());
  const bool has_unit = unit != std::string::npos;
  const auto number = to_integer(text.substr(0, text.size() - (has_unit ? 1 : 0)));
  const std::size_t shift = has_unit ? 10 * (unit + 1) : 0;
  if (!number || *number > std::numeric_limits<std::size_t>::max() >> shift) return std::nullopt;
  return static_cast<std::size_t>(*number) << shift;
}

std::optional<double> to_number(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = text.find(separator); end != std::string::npos; end = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace synfire::command_line
