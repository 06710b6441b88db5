// SPDX-License-Identifier: Apache-2.0
// Writes files; everything that is written goes through PendingFile.
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <random>
#include <system_error>
#include <utility>

#include "synfire/base/files.hpp"
#include "synfire/error.hpp"

namespace synfire::base {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;

[[noreturn]] void fail_at(const fs::path& path, const std::string& message, int reason, const std::string& hint = {}) {
  throw DataError({.kind = ProblemKind::file_access,
                   .path = path.string(),
                   .message = message + (reason != 0 ? ": " + std::generic_category().message(reason) : ""),
                   .hint = hint});
}

// Closes a file descriptor at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int operator*() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

std::optional<struct stat> state_of(const fs::path& path) {
  struct stat state {};
  return ::stat(path.c_str(), &state) == 0 ? std::optional(state) : std::nullopt;
}

// The target of the links of `path`, which need not exist.
fs::path follow_links(const fs::path& path) {
  fs::path at = path;
  for (int i = 0; i < most_links; ++i) {
    std::error_code error;
    if (fs::symlink_status(at, error).type() != fs::file_type::symlink) return at;
    const fs::path next = fs::read_symlink(at, error);
    if (error) fail_at(path, "the link cannot be read", error.value());
    at = folder_of(at) / next;
  }
  fail_at(path, "the file cannot be written", ELOOP);
}

// The descriptor of this process that `path` names (`-`, /dev/stdout, /dev/fd/3): output that is redirected to a file
// continues there instead of replacing it.
std::optional<int> named_descriptor(const fs::path& path) {
  if (path == "-") return STDOUT_FILENO;
  fs::path at = path;
  for (int i = 0; i < most_links; ++i) {
    std::error_code error;
    const fs::path folder = fs::canonical(folder_of(at), error);
    const std::string name = at.filename().string();
    const bool digits = !name.empty() && name.size() < 7 && name.find_first_not_of("0123456789") == std::string::npos;
    if (!error && digits && folder == "/proc/" + std::to_string(::getpid()) + "/fd") return std::stoi(name);
    if (error || fs::symlink_status(at, error).type() != fs::file_type::symlink) return std::nullopt;
    at = folder_of(at) / fs::read_symlink(at, error);
  }
  return std::nullopt;
}

bool write_all(int file, std::span<const std::byte> bytes, std::optional<std::uint64_t> offset = std::nullopt) {
  while (!bytes.empty()) {
    const ssize_t written = offset ? ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(*offset))
                                   : ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written == 0) errno = ENOSPC;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    if (offset) *offset += static_cast<std::uint64_t>(written);
  }
  return true;
}

// Some file systems cannot sync, and report it.
bool sync(int file) { return ::fsync(file) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP; }

std::optional<Rights> rights_of(const fs::path& path) {
  const auto state = state_of(path);
  if (!state) return std::nullopt;
  return Rights{state->st_mode & 07777u, state->st_uid, state->st_gid};
}

// Where the owner or the group cannot be changed, reduces the mode so that nobody gains access.
bool give(int file, const Rights& rights) {
  struct stat state {};
  if (::fstat(file, &state) != 0) return false;
  unsigned mode = rights.mode;
  if (state.st_uid != rights.user && ::fchown(file, rights.user, static_cast<gid_t>(-1)) != 0) mode &= 0777u;
  if (state.st_gid != rights.group && ::fchown(file, static_cast<uid_t>(-1), rights.group) != 0) {
    const unsigned others = mode & 07u;
    mode = (mode & 0707u) | ((mode >> 3 & others) << 3);
  }
  return ::fchmod(file, mode) == 0;
}

fs::path temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != 0 ? folder : "/tmp";
}

// NAME.tmp-RANDOM, with as much of the name as fits.
fs::path temporary_name(const fs::path& place) {
  const std::string ending = ".tmp-" + random_token();
  return folder_of(place) / (place.filename().string().substr(0, NAME_MAX - ending.size()) + ending);
}

void require_folder(const fs::path& path, const fs::path& folder) {
  const auto state = state_of(folder);
  if (!state && errno == ENOENT)
    fail_at(path, "the folder \"" + folder.string() + "\" does not exist", 0, "create it, or choose another");
  if (!state) fail_at(path, "the file cannot be written", errno);
  if (!S_ISDIR(state->st_mode)) fail_at(path, "\"" + folder.string() + "\" is not a folder", 0);
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    fail_at(path, "the folder \"" + folder.string() + "\" is not writable", errno);
}

}  // namespace

std::string random_token() {
  std::array<unsigned char, 8> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    std::random_device device;
    for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(device());
  }
  std::string token;
  for (const unsigned char byte : bytes) token += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  return token;
}

bool is_written_through(const fs::path& path) {
  if (named_descriptor(path)) return true;
  const auto state = state_of(path);
  return state && !S_ISREG(state->st_mode) && !S_ISDIR(state->st_mode);
}

bool is_standard_output(const fs::path& path) {
  if (const auto named = named_descriptor(path)) return *named == STDOUT_FILENO;
  struct stat output {};
  const auto state = state_of(path);
  const bool has_one_end = state && (S_ISREG(state->st_mode) || S_ISFIFO(state->st_mode));
  return has_one_end && ::fstat(STDOUT_FILENO, &output) == 0 && output.st_dev == state->st_dev &&
         output.st_ino == state->st_ino;
}

fs::path output_place(const fs::path& path) {
  if (named_descriptor(path) == STDOUT_FILENO) return "-";
  if (is_written_through(path)) return path;
  const fs::path place = follow_links(path);
  std::error_code error;
  const fs::path folder = fs::canonical(folder_of(place), error);
  return error ? fs::absolute(place).lexically_normal() : folder / place.filename();
}

void require_writable(const fs::path& path) {
  if (named_descriptor(path)) return;
  if (path.empty()) fail_at(path, "the file name is empty", 0);
  const fs::path place = is_written_through(path) ? path : follow_links(path);
  const auto state = state_of(place);
  if (state && S_ISDIR(state->st_mode)) fail_at(path, "the file cannot be written", EISDIR);
  if (state && ::access(place.c_str(), W_OK) != 0) fail_at(path, "the file cannot be written", errno);
  if (!state && errno != ENOENT) fail_at(path, "the file cannot be written", errno);
  if (!state || S_ISREG(state->st_mode)) require_folder(path, folder_of(place));
}

void create_like(const fs::path& path, const fs::path& like) {
  const std::optional<Rights> rights = rights_of(like);
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, rights ? 0600 : 0666));
  if (!file || (rights && !give(*file, *rights))) fail_at(path, "the file cannot be written", errno);
}

void sync_folder(const fs::path& folder) noexcept {
  const Descriptor open(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (open) ::fsync(*open);
}

PendingFile::PendingFile(fs::path path, Durability durability)
    : path_(std::move(path)), durability_(durability), on_abandon_([this] { create(); }, [this] { remove(); }) {}

PendingFile::~PendingFile() {
  if (!committed_) remove();
  ::close(file_);
}

void PendingFile::fail(const std::string& message, int reason) const { fail_at(path_, message, reason); }

void PendingFile::find_place() {
  require_writable(path_);
  through_ = is_written_through(path_);
  place_ = through_ ? temporary_folder() / "synfire" : follow_links(path_);
  if (!through_) replaced_ = rights_of(place_);
}

void PendingFile::create() {
  find_place();
  // Until it has its mode, a replacement must not be readable by more people than the file it replaces.
  const mode_t mode = replaced_ || through_ ? 0600 : 0666;
  for (int i = 0; i < 100; ++i) {
    temporary_ = temporary_name(place_);
    file_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (file_ >= 0) return;
    if (errno != EEXIST) break;
  }
  fail("the file cannot be written", errno);
}

void PendingFile::remove() const noexcept { ::unlink(temporary_.c_str()); }

void PendingFile::append(std::span<const std::byte> bytes) {
  if (!write_all(file_, bytes, size_)) fail("the file cannot be written", errno);
  size_ += bytes.size();
}

void PendingFile::write_at(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (!write_all(file_, bytes, offset)) fail("the file cannot be written", errno);
}

void PendingFile::copy_through() const {
  const std::optional<int> named = named_descriptor(path_);
  const Descriptor target(named ? ::fcntl(*named, F_DUPFD_CLOEXEC, 0)
                                : ::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!target) fail("the file cannot be written", errno);
  std::vector<std::byte> piece(std::size_t{1} << 16);
  for (std::uint64_t offset = 0;;) {
    const ssize_t count = ::pread(file_, piece.data(), piece.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("the temporary file cannot be read back", errno);
    if (count == 0) break;
    if (!write_all(*target, std::span(piece).first(static_cast<std::size_t>(count))))
      fail("the file cannot be written", errno);
    offset += static_cast<std::uint64_t>(count);
  }
  remove();
}

void PendingFile::commit() {
  if (through_) {
    copy_through();
    committed_ = true;
    return;
  }
  if (replaced_ && !give(file_, *replaced_)) fail("the file cannot be written", errno);
  const bool synced = durability_ == Durability::synced;
  if (synced && !sync(file_)) fail("the file cannot be written", errno);
  if (::rename(temporary_.c_str(), place_.c_str()) != 0) fail("the file cannot be moved into place", errno);
  committed_ = true;
  if (!synced) return;
  const Descriptor folder(::open(folder_of(place_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder && !sync(*folder)) fail("the folder cannot be written", errno);
}

void write_file(const fs::path& path, std::span<const std::byte> bytes) {
  PendingFile pending(path);
  pending.append(bytes);
  pending.commit();
}

}  // namespace synfire::base
