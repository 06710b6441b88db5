// SPDX-License-Identifier: Apache-2.0
#include "files/write_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "synfire/base/files.hpp"
#include "synfire/error.hpp"

namespace synfire::files {
namespace {

namespace fs = std::filesystem;

// While it is held, no other process writes descriptions in the folder. Not all file systems have such locks.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder) : file_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    constexpr int most_tries = 500;
    for (int i = 0; file_ >= 0 && i < most_tries && !(held_ = ::flock(file_, LOCK_EX | LOCK_NB) == 0); ++i) {
      if (errno != EWOULDBLOCK && errno != EINTR) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  ~FolderLock() {
    if (file_ >= 0) ::close(file_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return held_; }

 private:
  int file_;
  bool held_ = false;
};

// A tensors file under a unique name. It is removed again unless a description names it.
class NewTensors {
 public:
  // With the mode and the owner of `like`, if that exists.
  NewTensors(fs::path path, const fs::path& like)
      : path_(std::move(path)),
        on_abandon_([&] { base::create_like(path_, like); }, [this] { remove_unless_named(); }) {}
  ~NewTensors() { remove_unless_named(); }
  NewTensors(const NewTensors&) = delete;
  NewTensors& operator=(const NewTensors&) = delete;

  const fs::path& path() const { return path_; }
  // Commits the text that names them.
  void commit(base::PendingFile& text) {
    base::uninterrupted([&] {
      try {
        text.commit();
      } catch (...) {
        named_ = text.committed();
        throw;
      }
      named_ = true;
    });
  }

 private:
  void remove_unless_named() const {
    std::error_code ignored;
    if (!named_) fs::remove(path_, ignored);
  }

  fs::path path_;
  bool named_ = false;
  base::OnAbandon on_abandon_;
};

// The texts of the other descriptions in a folder: files that they name must not be replaced or removed.
class Neighbors {
 public:
  explicit Neighbors(const fs::path& json) {
    constexpr std::size_t most_files = 1000;
    constexpr std::uintmax_t most_bytes = std::uintmax_t{64} << 20;
    const fs::path folder = json.has_parent_path() ? json.parent_path() : fs::path(".");
    std::uintmax_t bytes = 0;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      const fs::path& path = entry->path();
      if (path.extension() != ".json" || path.filename() == json.filename()) continue;
      std::error_code none;
      if (!entry->is_regular_file(none)) continue;
      const std::uintmax_t size = entry->file_size(none);
      bytes += none ? 0 : size;
      if (texts_.size() == most_files || bytes > most_bytes) complete_ = false;
      if (!complete_) return;
      add(path);
    }
    complete_ = complete_ && !error;
  }

  // Whether one of them names the file, or might because it could not be read.
  bool may_name(const std::string& file) const {
    const std::string quoted = '"' + file + '"';
    return !complete_ || std::any_of(texts_.begin(), texts_.end(),
                                     [&](const std::string& text) { return text.find(quoted) != std::string::npos; });
  }

 private:
  void add(const fs::path& path) {
    try {
      const std::vector<std::byte> bytes = base::read_file(path);
      texts_.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    } catch (const DataError&) {
      complete_ = false;
    }
  }

  std::vector<std::string> texts_ = {};
  bool complete_ = true;
};

class Writer {
 public:
  // `json`: where the text goes, links followed.
  Writer(const fs::path& json, DescriptionTree& tree)
      : json_(json), plain_(tensors_of(json)), tree_(tree), lock_(folder()) {}

  void write() {
    if (tree_.tensors.empty())
      put_text("");
    else
      replace();
    if (lock_.held()) remove_unnamed();
  }

 private:
  fs::path folder() const { return json_.has_parent_path() ? json_.parent_path() : fs::path("."); }
  std::string beginning() const { return json_.stem().string() + ".tensors-"; }

  void fill(base::PendingFile& text, const std::string& tensors) const {
    const std::string written = text_of(tree_, tensors);
    text.append(std::as_bytes(std::span(written)));
  }

  void put_text(const std::string& tensors) {
    base::PendingFile text(json_);
    fill(text, tensors);
    text.commit();
    named_ = tensors;
  }

  void replace() {
    NewTensors tensors(folder() / (beginning() + base::random_token() + ".npz"), plain_);
    write_npz(tensors.path(), tree_.tensors);
    base::PendingFile text(json_);
    fill(text, tensors.path().filename().string());
    tensors.commit(text);
    named_ = tensors.path().filename().string();
    if (lock_.held()) take_plain_name(tensors.path());
  }

  // Optional: the description is complete without it, and stays unchanged if it fails.
  void take_plain_name(const fs::path& tensors) {
    std::error_code error;
    const bool is_there = fs::exists(fs::symlink_status(plain_, error));
    if (is_there && (!fs::is_regular_file(fs::symlink_status(plain_, error)) || is_named_by_others(plain_))) return;
    const fs::path twin = folder() / (beginning() + base::random_token() + ".npz");
    fs::create_hard_link(tensors, twin, error);
    if (error) return;
    fs::rename(twin, plain_, error);
    if (error) return void(fs::remove(twin, error));
    base::sync_folder(folder());
    try {
      put_text(plain_.filename().string());
    } catch (const DataError&) {  // the text names the same tensors by their other name
    }
  }

  bool is_of_this_description(const fs::path& file) const {
    constexpr std::size_t digits = 16;
    const std::string name = file.filename().string(), first = beginning();
    if (!name.starts_with(first) || !name.ends_with(".npz") || name.size() != first.size() + digits + 4) return false;
    return name.find_first_not_of("0123456789abcdef", first.size()) == first.size() + digits;
  }

  void remove_unnamed() {
    std::error_code error;
    std::vector<fs::path> unnamed;
    for (fs::directory_iterator entry(folder(), error), end; !error && entry != end; entry.increment(error)) {
      if (is_of_this_description(entry->path()) && entry->path().filename() != named_) unnamed.push_back(entry->path());
    }
    for (const fs::path& each : unnamed) {
      if (!is_named_by_others(each)) fs::remove(each, error);
    }
  }

  bool is_named_by_others(const fs::path& file) {
    if (!neighbors_) neighbors_.emplace(json_);
    return neighbors_->may_name(file.filename().string());
  }

  const fs::path& json_;
  fs::path plain_;
  DescriptionTree& tree_;
  FolderLock lock_;
  std::string named_ = {};                   // the tensors that the text names
  std::optional<Neighbors> neighbors_ = {};  // read on demand
};

[[noreturn]] void refuse(ProblemKind kind, const fs::path& json, const std::string& message, const std::string& hint) {
  throw DataError({.kind = kind, .path = json.string(), .message = message, .hint = hint});
}

}  // namespace

fs::path tensors_of(const fs::path& json) {
  fs::path path = json;
  return path.replace_extension(".npz");
}

void write_files(const fs::path& json, DescriptionTree tree) {
  base::require_writable(json);
  const bool has_tensors = !tree.tensors.empty();
  if (tensors_of(json) == json)
    refuse(ProblemKind::invalid_name, json, "the description would have the name of its tensors file",
           "use the extension .json");
  if (base::is_written_through(json)) {
    if (has_tensors)
      refuse(ProblemKind::file_access, json, "the tensors of the description need a folder",
             "use a file, for example \"trained.json\"");
    const std::string text = text_of(tree, "");
    return base::write_file(json, std::as_bytes(std::span(text)));
  }
  std::error_code error;
  const bool is_link = fs::is_symlink(fs::symlink_status(json, error));
  Writer(is_link ? base::output_place(json) : json, tree).write();
}

}  // namespace synfire::files
