// SPDX-License-Identifier: Apache-2.0
// Writing files, and handling of foreign text.
#include "synfire/base/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <thread>

#include "base/scratch_folder.hpp"
#include "synfire/base/text.hpp"
#include "synfire/npz.hpp"

namespace synfire::base {
namespace {

namespace fs = std::filesystem;

using test::bytes_of;
using test::problems_of;
using test::ScratchFolder;
using testing::HasSubstr;
using testing::Not;

std::string read(const fs::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

unsigned mode_of(const fs::path& path) {
  struct stat state {};
  EXPECT_EQ(::stat(path.c_str(), &state), 0) << path;
  return state.st_mode & 07777u;
}

TEST(PendingFiles, KeepTheModeOfWhatTheyReplace) {
  const ScratchFolder folder;
  for (const unsigned mode : {0600u, 0640u, 0664u, 0755u}) {
    write_file(folder / "x", bytes_of("old"));
    ::chmod((folder / "x").c_str(), mode);
    {
      const PendingFile pending(folder / "x");
      EXPECT_EQ(mode_of(pending.temporary()), 0600u);  // unreadable for others in the meantime
    }
    write_file(folder / "x", bytes_of("new"));
    EXPECT_EQ(read(folder / "x"), "new");
    EXPECT_EQ(mode_of(folder / "x"), mode);
    fs::remove(folder / "x");
  }
  const mode_t before = ::umask(027);
  write_file(folder / "fresh", bytes_of("new"));
  ::umask(before);
  EXPECT_EQ(mode_of(folder / "fresh"), 0640u);
}

TEST(PendingFiles, KeepTheOwnerOfWhatTheyReplace) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can change a file's owner";
  const ScratchFolder folder;
  write_file(folder / "x", bytes_of("old"));
  ASSERT_EQ(::chown((folder / "x").c_str(), 1234, 2345), 0);
  ::chmod((folder / "x").c_str(), 0640);
  write_file(folder / "x", bytes_of("new"));
  struct stat state {};
  ASSERT_EQ(::stat((folder / "x").c_str(), &state), 0);
  EXPECT_EQ(state.st_uid, 1234u);
  EXPECT_EQ(state.st_gid, 2345u);
  EXPECT_EQ(state.st_mode & 07777u, 0640u);
}

TEST(PendingFiles, FollowLinks) {
  const ScratchFolder folder;
  fs::create_directory(folder / "store");
  write_file(folder / "store/real", bytes_of("old"));
  fs::create_symlink("store/real", folder / "link");
  fs::create_symlink("link", folder / "link to link");
  fs::create_symlink("store/later", folder / "dangling");
  write_file(folder / "link to link", bytes_of("new"));
  write_file(folder / "dangling", bytes_of("there"));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read(folder / "store/real"), "new");
  EXPECT_EQ(read(folder / "store/later"), "there");
  EXPECT_EQ(output_place(folder / "link to link"), output_place(folder / "store/../store/real"));
}

TEST(PendingFiles, HaveNamesThatNobodyForesees) {
  const ScratchFolder folder;
  std::set<fs::path> names;
  std::vector<std::unique_ptr<PendingFile>> pending;
  for (int i = 0; i < 50; ++i) {
    pending.push_back(std::make_unique<PendingFile>(folder / "x"));
    names.insert(pending.back()->temporary());
    EXPECT_THAT(pending.back()->temporary().string(), Not(HasSubstr(std::to_string(::getpid()) + "-")));
    EXPECT_EQ(pending.back()->temporary().parent_path(), folder.path());
  }
  EXPECT_EQ(names.size(), 50u);
  pending.clear();
  EXPECT_EQ(folder.files(), 0u);
}

TEST(PendingFiles, TakeTheLongestNames) {
  const ScratchFolder folder;
  const std::string name(255, 'x');
  write_file(folder / name, bytes_of("there"));
  EXPECT_EQ(read(folder / name), "there");
}

TEST(PendingFiles, GoThroughPipesAndDevices) {
  const ScratchFolder folder;
  write_file("/dev/null", bytes_of("nothing"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] {
    std::ifstream pipe(folder / "pipe", std::ios::binary);
    received.assign(std::istreambuf_iterator<char>(pipe), {});
  });
  write_npz(folder / "pipe", {{"a", Tensor<float>({100000})}}, false);
  reader.join();
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
  const Arrays arrays = read_npz(std::as_bytes(std::span(received)));
  EXPECT_EQ(arrays.at("a").shape(), (Extents{100000}));
  EXPECT_EQ(folder.files(), 1u);
}

// In a separate process whose standard output is `path`.
void write_to_output(const fs::path& path, const fs::path& name) {
  const pid_t process = ::fork();
  if (process == 0) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(file, STDOUT_FILENO);
    write_file(name, bytes_of("new"));
    ::_exit(0);
  }
  int status = 1;
  ::waitpid(process, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(PendingFiles, ContinueStandardOutput) {
  for (const char* name : {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}) {
    const ScratchFolder folder;
    write_file(folder / "log", bytes_of("old, "));
    write_to_output(folder / "log", name);
    EXPECT_EQ(read(folder / "log"), "old, new") << name;
  }
}

std::string obstacle(const fs::path& path) {
  const std::vector<Problem> problems = problems_of<DataError>([&] { require_writable(path); });
  EXPECT_THROW(write_file(path, {}), DataError);
  EXPECT_EQ(problems.front().path, path.string());
  EXPECT_EQ(problems.front().kind, ProblemKind::file_access);
  return problems.front().message;
}

TEST(PendingFiles, SayWhatIsInTheWay) {
  const ScratchFolder folder;
  write_file(folder / "file", {});
  fs::create_symlink("a", folder / "b");
  fs::create_symlink("b", folder / "a");
  EXPECT_THAT(obstacle(folder / "nowhere/x"), HasSubstr("nowhere\" does not exist"));
  EXPECT_THAT(obstacle(folder / "file/x"), HasSubstr("Not a directory"));
  EXPECT_THAT(obstacle(folder.path()), HasSubstr("Is a directory"));
  EXPECT_THAT(obstacle(folder / "a"), HasSubstr("levels of symbolic links"));
  EXPECT_THAT(obstacle(folder / std::string(300, 'x')), HasSubstr("File name too long"));
  EXPECT_EQ(folder.files(), 3u);
  if (::geteuid() == 0) return;  // root may do anything
  ::chmod((folder / "file").c_str(), 0400);
  EXPECT_THAT(obstacle(folder / "file"), HasSubstr("Permission denied"));
}

// ---- Text

TEST(ForeignText, CannotCommandATerminal) {
  EXPECT_EQ(one_line("a\x1b[31m\nb\r\t\x7f"), "a\\x1b[31m\\nb\\r\\t\\x7f");
  EXPECT_EQ(one_line("größe, µs, 日本"), "größe, µs, 日本");
  EXPECT_EQ(one_line("\xc2\x9b"
                     "1m\u202e\u2028"),
            "\\u009b1m\\u202e\\u2028");
  EXPECT_EQ(one_line("\xff\xc3("), "\\xff\\xc3(");
  EXPECT_EQ(printable("a\n\tb\x1b"), "a\n\tb\\x1b");
  EXPECT_EQ(printable_json("{\"\x7f\": \"\xc2\x9b\"}\n"), "{\"\\u007f\": \"\\u009b\"}\n");
  EXPECT_LT(one_line(std::string(1000000, 'x'), 100).size(), 200u);
  EXPECT_THAT(one_line(std::string(1000000, 'x'), 100), HasSubstr("999900 bytes"));
}

TEST(ForeignText, BeginsNoLineAndIsSeen) {
  const Problem forged{.kind = ProblemKind::unknown_name, .message = "x\nnet.json: ok", .hint = "y\nnet.json: ok"};
  EXPECT_EQ(to_string(forged), "x\\nnet.json: ok; y\\nnet.json: ok");
  const Problem compiler{.kind = ProblemKind::build_failed, .message = "it failed:\nline 1"};
  EXPECT_EQ(to_string(compiler), "it failed:\nline 1");
  const Problem large{.kind = ProblemKind::unknown_name, .message = std::string(1 << 20, 'm')};
  EXPECT_LT(to_string(large).size(), 5000u);
  EXPECT_EQ(base::one_line("\u061c\u200b\ufeff\U000E0041"), "\\u061c\\u200b\\ufeff\\U000e0041");
  EXPECT_EQ(base::printable_json("\U000E0041"), "\\udb40\\udc41");
}

TEST(ForeignText, IsNoPartOfTheMessage) {
  const std::string hostile = "x\x1b]0;title\x07\nsynfire: all is well";
  const Problem problem{
      .path = hostile, .message = "m", .given = hostile + std::string(1 << 20, 'y'), .place = {hostile}};
  const std::string text = to_string(problem);
  EXPECT_THAT(text, Not(HasSubstr("\n")));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_LT(text.size(), 1000u);
}

TEST(ForeignText, Names) {
  for (const char* name : {"a", "layer-1.out_2", "_x", "1"}) EXPECT_TRUE(is_object_name(name)) << name;
  for (const char* name : {"", "a b", "a\nb", "-a", ".a", "a/b", "*/", "größe", "a\"", "a\\", "a%n", "a?\?/"})
    EXPECT_FALSE(is_object_name(name)) << name;
  EXPECT_FALSE(is_object_name(std::string(101, 'x')));
  for (const char* name : {"a b", "dense/kernel:0", "größe", "a\"b"}) EXPECT_TRUE(is_array_name(name)) << name;
  for (const char* name : {"", "a\nb", "\x1b[31m", "\xff", "\u202e"}) EXPECT_FALSE(is_array_name(name)) << name;
}

}  // namespace
}  // namespace synfire::base
