// SPDX-License-Identifier: Apache-2.0
#include "fuzz/hdf5_recipe.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "synfire/hdf5/file.hpp"

namespace synfire::fuzz {
namespace {

constexpr std::size_t most_lines = 200;
constexpr std::size_t most_numbers = 4096;  // of a line

// Takes what is before `end` from the text; all of it, if that does not occur.
std::string_view take(std::string_view& text, char end) {
  const std::size_t length = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return part;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty() && parts.size() < most_numbers) parts.push_back(take(text, at));
  return parts;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class T>
std::vector<T> numbers(std::string_view text) {
  std::vector<T> values;
  for (const std::string_view each : split(text, ' ')) {
    if (const auto value = number<T>(each)) values.push_back(*value);
  }
  return values;
}

std::optional<Extents> extents(std::string_view text) {
  Extents shape;
  std::size_t elements = 1;
  for (const std::string_view each : split(text, 'x')) {
    const auto extent = number<std::size_t>(each);
    if (!extent || *extent > most_numbers || shape.size() > 8) return std::nullopt;
    elements *= *extent;
    if (elements > most_numbers) return std::nullopt;
    shape.push_back(*extent);
  }
  return shape;
}

template <class T>
std::vector<T> repeated(std::vector<T> values, std::size_t count) {
  const T last = values.empty() ? T{} : values.back();
  values.resize(count, last);
  return values;
}

std::optional<DataType> list_type(std::string_view name) {
  static const std::map<std::string_view, DataType> types{
      {"f2", DataType::f16}, {"f4", DataType::f32}, {"f8", DataType::f64}, {"i1", DataType::i8},
      {"i2", DataType::i16}, {"i4", DataType::i32}, {"i8", DataType::i64}, {"u1", DataType::u8},
      {"u2", DataType::u16}, {"u4", DataType::u32}, {"u8", DataType::u64}};
  const auto found = types.find(name);
  return found == types.end() ? std::nullopt : std::optional(found->second);
}

struct Damage {
  std::size_t at = 0;
  std::uint8_t change = 0;
};

class Cook {
 public:
  explicit Cook(const std::filesystem::path& path) : path_(path), file_(path) {}

  void line(std::string_view text) {
    const std::string_view kind = take(text, ' ');
    try {
      if (kind == "damage")
        add_damage(text);
      else if (kind == "lists")
        write_lists(text);
      else
        write(kind, text);
    } catch (const Error&) {
      return;
    }
  }

  void finish() {
    file_.commit();
    if (!damages_.empty()) damage();
  }

 private:
  void add_damage(std::string_view text) {
    const std::vector<std::size_t> values = numbers<std::size_t>(text);
    if (values.size() == 2) damages_.push_back({values[0], static_cast<std::uint8_t>(values[1])});
  }

  std::string place(std::string_view text) {
    const std::string whole(text);
    for (std::size_t end = whole.find('/', 1); end != std::string::npos; end = whole.find('/', end + 1)) {
      if (groups_.insert(whole.substr(0, end)).second) file_.group(whole.substr(0, end));
    }
    return whole;
  }

  void write(std::string_view kind, std::string_view text) {
    std::string_view left = take(text, ':');
    const std::string_view at = take(left, ' ');
    const auto shape = extents(left);
    if (!shape || !at.starts_with('/')) return;
    if (text.starts_with(' ')) text.remove_prefix(1);
    const std::size_t count = element_count(*shape);
    if (kind == "f4") file_.singles(place(at), *shape, repeated(numbers<float>(text), count));
    if (kind == "f8") file_.doubles(place(at), *shape, repeated(numbers<double>(text), count));
    if (kind == "i8") file_.integers(place(at), *shape, repeated(numbers<std::int64_t>(text), count));
    if (kind != "text") return;
    std::vector<std::string> texts;
    for (const std::string_view each : split(text, '|')) texts.emplace_back(each);
    file_.texts(place(at), *shape, repeated(std::move(texts), count));
  }

  void write_lists(std::string_view text) {
    const auto type = list_type(take(text, ' '));
    const std::string_view at = take(text, ':');
    if (!type || !at.starts_with('/')) return;
    std::vector<std::vector<double>> lists;
    for (const std::string_view each : split(text, '|')) lists.push_back(numbers<double>(each));
    file_.lists(place(at), *type, lists);
  }

  // The bytes of the collections of texts and lists, and those of the references to them. HDF5 reads neither when it
  // opens a dataset.
  static std::vector<std::size_t> own_bytes(const std::string& bytes) {
    std::vector<std::size_t> all;
    for (std::size_t begin = bytes.find("GCOL"); begin != std::string::npos; begin = bytes.find("GCOL", begin + 4)) {
      std::string address(8, '\0');
      for (std::size_t k = 0; k < 8; ++k) address[k] = static_cast<char>(begin >> 8 * k);
      for (std::size_t at = bytes.find(address, 4); at != std::string::npos; at = bytes.find(address, at + 8)) {
        for (std::size_t k = at - 4; k < std::min(at + 12, bytes.size()); ++k) all.push_back(k);
      }
      for (std::size_t k = begin; k < std::min(begin + 256, bytes.size()); ++k) all.push_back(k);
    }
    return all;
  }

  void damage() const {
    std::ifstream in(path_, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const std::vector<std::size_t> own = own_bytes(bytes);
    if (own.empty()) return;
    for (const Damage& each : damages_) {
      char& byte = bytes[own[each.at % own.size()]];
      byte = static_cast<char>(static_cast<unsigned char>(byte) ^ each.change);
    }
    std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  std::filesystem::path path_;
  hdf5::Writer file_;
  std::set<std::string> groups_ = {};
  std::vector<Damage> damages_ = {};
};

// In memory, where there is such a folder: files are synced.
std::filesystem::path new_path() {
  const std::filesystem::path memory = "/dev/shm";
  const bool usable = ::access(memory.c_str(), W_OK | X_OK) == 0;
  return (usable ? memory : std::filesystem::temp_directory_path()) /
         ("synfire-fuzz-" + std::to_string(::getpid()) + ".h5");
}

}  // namespace

RecipeFile::RecipeFile(Bytes recipe) : path_(new_path()) {
  Cook cook(path_);
  std::string_view rest(reinterpret_cast<const char*>(recipe.data()), recipe.size());
  for (std::size_t count = 0; !rest.empty() && count < most_lines; ++count) cook.line(take(rest, '\n'));
  cook.finish();
}

RecipeFile::~RecipeFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

}  // namespace synfire::fuzz
