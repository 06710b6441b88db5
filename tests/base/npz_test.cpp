// SPDX-License-Identifier: Apache-2.0
#include "synfire/npz.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "base/scratch_folder.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/zip.hpp"

namespace synfire {
namespace {

using test::bytes_of;
using test::kind_of;
using test::ScratchFolder;

// A .npy file with the given header.
std::vector<std::byte> npy(const std::string& dictionary, const std::string& elements, int version = 1) {
  std::string file("\x93NUMPY", 6);
  file += {static_cast<char>(version), '\0'};
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  for (std::size_t i = 0; i < length_bytes; ++i) file += static_cast<char>((dictionary.size() >> (8 * i)) & 0xff);
  return bytes_of(file + dictionary + elements);
}

std::string header(const std::string& descr, const std::string& shape, bool fortran = false) {
  return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
}

TEST(Npy, ReadsWhatItWrites) {
  const ScratchFolder folder;
  const Tensor<float> values({2, 3}, {1, -2, 3.5f, 0, 1e-30f, 6});
  write_npy(folder / "x.npy", values);
  const Array array = read_npy(folder / "x.npy");
  EXPECT_EQ(array.type(), DataType::f32);
  EXPECT_EQ(array.as_float(), values);
  EXPECT_EQ(array.origin(), (folder / "x.npy").string());
  EXPECT_EQ(folder.files(), 1u);
}

TEST(Npy, HeaderIsAlignedAndExact) {
  const std::vector<std::byte> bytes = npy_bytes(Tensor<std::int32_t>({3}, {1, 2, 3}));
  ASSERT_EQ(bytes.size(), 128u + 12u);
  const std::string text(reinterpret_cast<const char*>(bytes.data()) + 10, 58);
  EXPECT_EQ(text, "{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }" + std::string(1, ' '));
}

TEST(Npy, ReadsScalarsAndEmptyArrays) {
  EXPECT_EQ(read_npy(npy_bytes(Tensor<float>({}, {7}))).as_float(), Tensor<float>({}, {7}));
  EXPECT_EQ(read_npy(npy_bytes(Tensor<float>({0, 5}))).shape(), (Extents{0, 5}));
  EXPECT_EQ(read_npy(npy(header("<f4", "(0, 1000000000000)"), "")).size(), 0u);
}

TEST(Npy, ReadsEveryVersion) {
  for (const int version : {1, 2, 3}) {
    const Array array = read_npy(npy(header("|u1", "(2,)"), "\1\2", version));
    EXPECT_EQ(array.as<std::uint8_t>().values(), (std::vector<std::uint8_t>{1, 2}));
  }
  EXPECT_EQ(kind_of<DataError>([] { read_npy(npy(header("|u1", "(2,)"), "\1\2", 4)); }), "malformed_file");
}

TEST(Npy, ReadsBigEndian) {
  EXPECT_EQ(read_npy(npy(header(">i2", "(2,)"), {"\1\2\xff\xfe", 4})).as<std::int16_t>().values(),
            (std::vector<std::int16_t>{258, -2}));
  EXPECT_EQ(read_npy(npy(header(">f8", "()"), {"\x3f\xf8\0\0\0\0\0\0", 8})).as<double>().values(),
            (std::vector<double>{1.5}));
}

TEST(Npy, ReadsFortranOrder) {
  const Array array = read_npy(npy(header("|i1", "(2, 3)", true), "\1\4\2\5\3\6"));
  EXPECT_EQ(array.as<std::int8_t>(), Tensor<std::int8_t>({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Array cube = read_npy(npy(header("|i1", "(2, 2, 2)", true), {"\0\4\2\6\1\5\3\7", 8}));
  EXPECT_EQ(cube.as<std::int8_t>().values(), (std::vector<std::int8_t>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Npy, ReadsHalfPrecision) {
  // 1, -2, the largest, the smallest subnormal, infinity
  const Array array = read_npy(npy(header("<f2", "(5,)"), {"\x00\x3c\x00\xc0\xff\x7b\x01\x00\x00\x7c", 10}));
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(array.as_float().values(), (std::vector<float>{1, -2, 65504, 5.9604644775390625e-8f, infinity}));
}

TEST(Npy, RefusesDamagedHeaders) {
  const std::string good = header("<f4", "(1,)");
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), header("<f4", "(1"), header("<f4", "1"),
        header("<f4", "(-1,)"), header("<f4", "(1, x)"), good + "x", std::string("{'descr': '<f4', 'shape': (1,)}"),
        std::string("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}"),
        std::string("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}"),
        header("<f4", "(4294967296, 4294967296, 4)"), header("<f4", "(99999999999999999999999,)"),
        header("<f4", "(2,)"), header("<f4", "(0,)"), header("<f4", "(1000000000000,)")}) {
    EXPECT_EQ(kind_of<DataError>([&] { read_npy(npy(text, "0000"), "bad.npy"); }), "malformed_file") << text;
  }
  EXPECT_EQ(kind_of<DataError>([] { read_npy(bytes_of("")); }), "malformed_file");
  EXPECT_EQ(kind_of<DataError>([] { read_npy(bytes_of("\x93NUMPY\1")); }), "malformed_file");
  EXPECT_EQ(kind_of<DataError>([] { read_npy("/nowhere/x.npy"); }), "file_access");
}

TEST(Npy, RefusesOtherElementTypes) {
  for (const char* descr : {"<c8", "|O", "<U5", "|S3", "|f4", "<f16", "<M8", ""}) {
    EXPECT_EQ(kind_of<DataError>([&] { read_npy(npy(header(descr, "(1,)"), "0000")); }), "unsupported") << descr;
  }
  const std::string structured = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}";
  EXPECT_EQ(kind_of<DataError>([&] { read_npy(npy(structured, "0000")); }), "unsupported");
}

TEST(Npy, SurvivesDamage) {
  const std::vector<std::byte> intact = npy_bytes(Tensor<float>({4, 5}));
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::byte> damaged = intact;
    for (int i = 0; i <= round % 4; ++i) damaged[random() % 70] = static_cast<std::byte>(random());
    if (round % 5 == 0) damaged.resize(random() % damaged.size());
    try {
      EXPECT_LE(read_npy(damaged).bytes().size(), damaged.size());
    } catch (const DataError& error) {
      EXPECT_EQ(error.problems().size(), 1u);
    }
  }
}

TEST(Array, IntegersBecomeFloatsOnlyWhenAsked) {
  const Array bytes = Tensor<std::uint8_t>({3}, {0, 51, 255});
  EXPECT_EQ(kind_of<DataError>([&] { (void)bytes.as_float(); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([&] { (void)bytes.as<double>(); }), "wrong_data_size");
  EXPECT_EQ(bytes.to_float().values(), (std::vector<float>{0, 51, 255}));
  EXPECT_EQ(bytes.to_float(1.0 / 255).values(), (std::vector<float>{0, 0.2f, 1}));
  const Array floats = Tensor<float>({1}, {1});
  EXPECT_EQ(kind_of<DataError>([&] { (void)floats.as<std::int32_t>(); }), "wrong_data_size");
}

TEST(Array, NarrowingIsChecked) {
  const Array wide = Tensor<std::int64_t>({2}, {255, -1});
  EXPECT_EQ(wide.as<std::int16_t>().values(), (std::vector<std::int16_t>{255, -1}));
  const std::vector<Problem> problems = test::problems_of<DataError>([&] { (void)wide.as<std::uint8_t>(); });
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind, ProblemKind::invalid_value);
  EXPECT_EQ(problems[0].path, "array, element 1");
  EXPECT_EQ(problems[0].given, "-1");
  const Array doubles = Tensor<double>({2}, {0.1, 1e300});
  EXPECT_EQ(kind_of<DataError>([&] { (void)doubles.as_float(); }), "invalid_value");
  EXPECT_TRUE(std::isnan(Array(Tensor<double>({1}, {NAN})).as_float()[0]));
  const Array large = Tensor<std::uint64_t>({1}, {std::numeric_limits<std::uint64_t>::max()});
  EXPECT_EQ(kind_of<DataError>([&] { (void)large.as<std::int64_t>(); }), "invalid_value");
}

TEST(Array, BytesFitTheShape) {
  EXPECT_EQ(kind_of<DataError>([] { Array(DataType::f32, {2}, std::vector<std::byte>(4)); }), "wrong_data_size");
}

TEST(Npz, ReadsWhatItWrites) {
  const ScratchFolder folder;
  const Arrays arrays = {{"a_b.weight", Tensor<float>({2, 2}, {1, 2, 3, 4})},
                         {"labels", Tensor<std::uint8_t>({3}, {0, 1, 2})}};
  for (const bool compressed : {false, true}) {
    write_npz(folder / "x.npz", arrays, compressed);
    EXPECT_EQ(read_npz(folder / "x.npz"), arrays);
    EXPECT_EQ(read_npz(base::read_file(folder / "x.npz")), arrays);
  }
  EXPECT_EQ(read_npz(folder / "x.npz").at("labels").origin(), (folder / "x.npz").string() + ": labels");
}

TEST(Npy, RefusesDevicesWithoutEnd) {
  EXPECT_EQ(kind_of<DataError>([] { read_npy("/dev/zero"); }), "file_access");
}

TEST(Npz, LeavesNothingWithoutFinish) {
  const ScratchFolder folder;
  {
    NpzWriter writer(folder / "x.npz");
    writer.add("a", Tensor<float>({1000}));
    EXPECT_EQ(kind_of<DataError>([&] { writer.add("a", Tensor<float>({1})); }), "duplicate_name");
  }
  EXPECT_EQ(folder.files(), 0u);
}

TEST(Npz, RefusesEntriesThatAreNoArrays) {
  const ScratchFolder folder;
  base::ZipWriter writer(folder / "x.npz");
  writer.add("readme.txt", bytes_of("hello"));
  writer.finish();
  EXPECT_EQ(kind_of<DataError>([&] { read_npz(folder / "x.npz"); }), "malformed_file");
}

}  // namespace
}  // namespace synfire
