// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <random>

#include "base/scratch_folder.hpp"
#include "synfire/base/files.hpp"
#include "synfire/data.hpp"

namespace synfire {
namespace {

using test::bytes_of;
using test::kind_of;
using test::ScratchFolder;

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((value >> shift) & 0xff);
  return bytes;
}

std::string idx(char type, const std::vector<std::uint32_t>& shape, const std::string& elements) {
  std::string file = {'\0', '\0', type, static_cast<char>(shape.size())};
  for (const std::uint32_t extent : shape) file += big_endian(extent);
  return file + elements;
}

class Idx : public testing::Test {
 protected:
  std::filesystem::path plain(const std::string& name, const std::string& contents) const {
    base::write_file(folder_ / name, bytes_of(contents));
    return folder_ / name;
  }
  std::filesystem::path gzip(const std::string& name, const std::string& contents) const {
    auto path = folder_ / name;
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, contents.data(), static_cast<unsigned>(contents.size()));
    gzclose(file);
    return path;
  }
  ScratchFolder folder_;
};

TEST_F(Idx, ReadsPlainAndCompressed) {
  const std::string file = idx(8, {2, 1, 3}, "\1\2\3\4\5\6");
  const Tensor<std::uint8_t> expected({2, 1, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(read_idx(plain("x", file)), expected);
  EXPECT_EQ(read_idx(gzip("x.gz", file)), expected);
}

TEST_F(Idx, ReadsEveryElementType) {
  EXPECT_EQ(read_idx_array(plain("a", idx(9, {1}, "\xff"))).as<std::int8_t>()[0], -1);
  EXPECT_EQ(read_idx_array(plain("b", idx(11, {1}, "\xff\xfe"))).as<std::int16_t>()[0], -2);
  EXPECT_EQ(read_idx_array(plain("c", idx(12, {1}, big_endian(70000)))).as<std::int32_t>()[0], 70000);
  EXPECT_EQ(read_idx_array(plain("d", idx(13, {1}, {"\x3f\xc0\0\0", 4}))).as_float()[0], 1.5f);
  EXPECT_EQ(read_idx_array(plain("e", idx(14, {1}, {"\x3f\xf8\0\0\0\0\0\0", 8}))).as<double>()[0], 1.5);
  EXPECT_EQ(kind_of<DataError>([&] { read_idx(folder_ / "a"); }), "wrong_data_size");
}

TEST_F(Idx, RefusesDamagedFiles) {
  for (const std::string& file :
       {std::string(), std::string("\0\0\x08", 3), std::string("\1\0\x08\0", 4), idx(7, {1}, "x"), idx(8, {2}, "x"),
        idx(8, {2}, "xyz"), std::string("\0\0\x08\2\0\0\0\1", 8), idx(8, {0xffffffff, 0xffffffff, 0xffffffff}, "x"),
        idx(8, {0xffffffff}, "x"), idx(14, {0xffffffff, 0xffffffff}, "x")}) {
    EXPECT_EQ(kind_of<DataError>([&] { read_idx_array(plain("x", file)); }), "malformed_file");
    EXPECT_EQ(kind_of<DataError>([&] { read_idx_array(gzip("x", file)); }), "malformed_file");
  }
  EXPECT_EQ(kind_of<DataError>([&] { read_idx(folder_ / "absent"); }), "file_access");
  EXPECT_EQ(kind_of<DataError>([&] { read_idx(folder_.path()); }), "file_access");
}

TEST_F(Idx, RefusesCutOrDamagedCompression) {
  std::string noise(5000, '\0');
  std::mt19937 random(1);
  for (char& byte : noise) byte = static_cast<char>(random());
  const auto path = gzip("x.gz", idx(8, {5000}, noise));
  const std::vector<std::byte> intact = base::read_file(path);
  for (const std::size_t size : {intact.size() / 2, intact.size() - 5}) {
    base::write_file(path, std::span(intact).first(size));
    EXPECT_EQ(kind_of<DataError>([&] { read_idx(path); }), "malformed_file") << size;
  }
  std::vector<std::byte> damaged = intact;
  damaged[damaged.size() - 6] ^= std::byte{1};  // the checksum
  base::write_file(path, damaged);
  EXPECT_EQ(kind_of<DataError>([&] { read_idx(path); }), "malformed_file");
}

TEST_F(Idx, ImagesAndLabelsAgree) {
  const auto images = plain("images", idx(8, {2, 1, 2}, "\1\2\3\4"));
  const LabeledImages data = read_idx(images, plain("labels", idx(8, {2}, "\7\x8")));
  EXPECT_EQ(data.images.shape(), (Extents{2, 1, 2}));
  EXPECT_EQ(data.labels.values(), (std::vector<std::uint8_t>{7, 8}));
  EXPECT_EQ(kind_of<DataError>([&] { read_idx(images, plain("labels", idx(8, {3}, "\1\2\3"))); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([&] { read_idx(images, images); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([&] { read_idx(folder_ / "labels", folder_ / "labels"); }), "wrong_data_size");
}

TEST_F(Idx, FashionMnistIsFoundOrNamed) {
  ASSERT_EQ(setenv("SYNFIRE_FASHION_MNIST", folder_.path().c_str(), 1), 0);
  const auto problems = test::problems_of<DataError>([] { datasets::fashion_mnist(datasets::Split::test); });
  ASSERT_EQ(unsetenv("SYNFIRE_FASHION_MNIST"), 0);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::file_access);
  EXPECT_NE(problems[0].hint.find("dataset-fashion-mnist"), std::string::npos);
  if (!std::filesystem::exists(datasets::fashion_mnist_folder()))
    GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  const LabeledImages data = datasets::fashion_mnist(datasets::Split::test);
  EXPECT_EQ(data.images.shape(), (Extents{10000, 28, 28}));
  EXPECT_EQ(data.labels[0], 9);  // an ankle boot
}

}  // namespace
}  // namespace synfire
