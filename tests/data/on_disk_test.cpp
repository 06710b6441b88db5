// SPDX-License-Identifier: Apache-2.0
// Data that stay in files are what they would be in memory, and damaged files are errors.
#include <gmock/gmock.h>
#include <zlib.h>

#include <numeric>
#include <optional>

#include "base/scratch_folder.hpp"
#include "synfire/base/files.hpp"
#include "synfire/base/npz_header.hpp"
#include "synfire/data.hpp"

namespace synfire {
namespace {

using test::bytes_of;
using test::kind_of;
using test::problems_of;
using test::ScratchFolder;
using ::testing::HasSubstr;

using Rows = std::vector<std::uint32_t>;

constexpr std::size_t examples = 7;

template <class T>
Tensor<T> ascending(std::size_t elements = 3) {
  Tensor<T> tensor({examples, elements});
  for (std::size_t i = 0; i < tensor.size(); ++i) tensor[i] = static_cast<T>(11 * i % 250);
  return tensor;
}

// Rows of an array in memory.
Array rows_of(const Array& array, const Rows& rows) {
  std::vector<std::byte> bytes;
  const std::size_t size = array.bytes().size() / array.shape().front();
  for (const std::uint32_t row : rows) {
    const auto part = array.bytes().subspan(row * size, size);
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  Extents shape = array.shape();
  shape.front() = rows.size();
  return Array(array.type(), shape, bytes);
}

void expect_rows(const ArrayFile& file, const Array& array) {
  EXPECT_EQ(file.shape(), array.shape());
  EXPECT_EQ(file.type(), array.type());
  for (const Rows& rows : {Rows{}, {3}, {0, 1, 2, 3, 4, 5, 6}, {6, 2, 3, 4, 0, 0}})
    EXPECT_EQ(file.read(rows), rows_of(array, rows));
  EXPECT_EQ(file.read(2, 3), rows_of(array, {2, 3, 4}));
  EXPECT_EQ(file.first(2).read(0, 2), rows_of(array, {0, 1}));
  EXPECT_EQ(kind_of<DataError>([&] { (void)file.read(Rows{7}); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([&] { (void)file.read(6, 2); }), "wrong_data_size");
  EXPECT_EQ(kind_of<DataError>([&] { (void)file.first(2).read(0, 3); }), "wrong_data_size");
}

// A file of zeros that takes no room, behind a header.
void write_sparse(const std::filesystem::path& path, DataType type, const Extents& shape, std::uintmax_t elements) {
  const std::string header = npy::format_header(type, shape);
  base::write_file(path, std::as_bytes(std::span(header)));
  std::filesystem::resize_file(path, header.size() + elements * element_size(type));
}

TEST(ArrayFiles, HaveTheRowsOfArraysInMemory) {
  const ScratchFolder folder;
  const std::vector<Array> arrays{ascending<std::uint8_t>(), ascending<std::int16_t>(), ascending<std::int64_t>(),
                                  ascending<float>(), ascending<double>()};
  for (const Array& array : arrays) {
    write_npy(folder / "x.npy", array);
    expect_rows(open_npy(folder / "x.npy"), array);
    write_npz(folder / "x.npz", {{"other", Tensor<float>({3})}, {"x", array}}, false);
    expect_rows(open_npz(folder / "x.npz", "x"), array);
  }
  EXPECT_EQ(open_npz(folder / "x.npz", "x").origin(), (folder / "x.npz").string() + ": x");
  EXPECT_EQ(kind_of<DataError>([&] { open_npz(folder / "x.npz", "y"); }), "missing_data");
}

// Wide rows in any order, narrow ones from the first to the last; rows that are read again count once.
TEST(ArrayFiles, HaveTheChecksumOfTheArchive) {
  const ScratchFolder folder;
  const std::filesystem::path path = folder / "x.npz";
  for (const std::size_t elements : {16u, 3u}) {
    SCOPED_TRACE(std::to_string(elements) + " floats in a row");
    const std::vector<Rows> reads = elements == 16 ? std::vector<Rows>{{6, 3}, {3, 4, 5}, {0, 2, 0}, {1}}
                                                   : std::vector<Rows>{{0, 1}, {5, 6}, {1, 2, 3}, {4, 5, 6}};
    const auto read_all = [&](const ArrayFile& file) {
      for (const Rows& rows : reads) (void)file.read(rows);
      for (const Rows& rows : reads) (void)file.read(rows);
    };
    write_npz(path, {{"x", ascending<float>(elements)}}, false);
    EXPECT_NO_THROW(read_all(open_npz(path, "x")));
    std::vector<std::byte> bytes = base::read_file(path);
    const Array array = ascending<float>(elements);
    const auto found = std::search(bytes.begin(), bytes.end(), array.bytes().begin(), array.bytes().end());
    ASSERT_NE(found, bytes.end());
    *found ^= std::byte{1};
    base::write_file(path, bytes);
    const ArrayFile damaged = open_npz(path, "x");
    const auto problems = problems_of<DataError>([&] { read_all(damaged); });
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].kind, ProblemKind::malformed_file);
    EXPECT_EQ(problems[0].path, path.string() + ": x");
    EXPECT_THAT(problems[0].message, HasSubstr("damaged"));
    EXPECT_EQ(kind_of<DataError>([&] { (void)damaged.read(0, 1); }), "malformed_file") << "from then on";
  }
}

TEST(ArrayFiles, OfTheOtherByteOrder) {
  const ScratchFolder folder;
  std::vector<std::byte> bytes = npy_bytes(ascending<double>());
  bytes[static_cast<std::size_t>(std::find(bytes.begin(), bytes.end(), std::byte{'<'}) - bytes.begin())] =
      std::byte{'>'};
  base::write_file(folder / "x.npy", bytes);
  const ArrayFile file = open_npy(folder / "x.npy");
  EXPECT_FALSE(file.has_floats());
  expect_rows(file, read_npy(folder / "x.npy"));
}

TEST(ArrayFiles, OfIdx) {
  const ScratchFolder folder;
  const std::string shorts = std::string("\0\0\x0b\x02\0\0\0\x02\0\0\0\x02", 12) + std::string("\0\1\0\2\0\3\0\4", 8);
  base::write_file(folder / "x.idx", bytes_of(shorts));
  const ArrayFile file = open_idx(folder / "x.idx");
  EXPECT_EQ(file.read(Rows{1, 0}), Array(Tensor<std::int16_t>({2, 2}, {3, 4, 1, 2})));
  EXPECT_EQ(file.read(0, 2), read_idx_array(folder / "x.idx"));
  base::write_file(folder / "short.idx", bytes_of(shorts.substr(0, 19)));
  EXPECT_EQ(kind_of<DataError>([&] { open_idx(folder / "short.idx"); }), "malformed_file");
  base::write_file(folder / "long.idx", bytes_of(shorts + "x"));
  EXPECT_EQ(kind_of<DataError>([&] { open_idx(folder / "long.idx"); }), "malformed_file");
  const gzFile packed = gzopen((folder / "x.gz").c_str(), "wb");
  ASSERT_EQ(gzwrite(packed, shorts.data(), static_cast<unsigned>(shorts.size())), static_cast<int>(shorts.size()));
  gzclose(packed);
  EXPECT_THAT(problems_of<DataError>([&] { open_idx(folder / "x.gz"); }).at(0).hint, HasSubstr("gunzip"));
}

TEST(ArrayFiles, SayWhatCannotBeReadInPieces) {
  const ScratchFolder folder;
  write_npz(folder / "x.npz", {{"x", ascending<float>()}});
  const Problem packed = problems_of<DataError>([&] { open_npz(folder / "x.npz", "x"); }).at(0);
  EXPECT_EQ(packed.kind, ProblemKind::unsupported);
  EXPECT_THAT(packed.hint, HasSubstr("numpy.savez"));
  EXPECT_EQ(std::get<PackedArray>(find_npz(folder / "x.npz", "x")).shape, (Extents{examples, 3}));
  std::string text(reinterpret_cast<const char*>(npy_bytes(ascending<float>()).data()), 128 + 84);
  text.replace(text.find("False"), 5, "True ");
  base::write_file(folder / "columns.npy", bytes_of(text));
  EXPECT_EQ(kind_of<DataError>([&] { open_npy(folder / "columns.npy"); }), "unsupported");
  EXPECT_EQ(kind_of<DataError>([&] { open_npy(folder.path()); }), "file_access");
  EXPECT_EQ(kind_of<DataError>([&] { open_npy(folder / "none.npy"); }), "file_access");
}

TEST(ArrayFiles, ClaimNoMoreThanTheyHave) {
  const ScratchFolder folder;
  const auto opened = [&](const Extents& shape, std::uintmax_t elements) {
    write_sparse(folder / "x.npy", DataType::f64, shape, elements);
    return open_npy(folder / "x.npy");
  };
  EXPECT_EQ(opened({3, 4}, 12).rows(), 3u);
  EXPECT_EQ(kind_of<DataError>([&] { opened({3, 4}, 11); }), "malformed_file");
  EXPECT_EQ(kind_of<DataError>([&] { opened({3, 4}, 13); }), "malformed_file");
  EXPECT_EQ(kind_of<DataError>([&] { opened({std::size_t{1} << 62, 4}, 0); }), "malformed_file");
  EXPECT_EQ(kind_of<DataError>([&] { opened({std::size_t{1} << 61}, 0); }), "malformed_file");
  EXPECT_EQ(opened({std::size_t{1} << 62, 0}, 0).row_bytes(), 0u);
}

TEST(ArrayFiles, CutOffWhileTheyAreOpenAreAnError) {
  const ScratchFolder folder;
  write_sparse(folder / "x.npy", DataType::f32, {1 << 20, 4}, 4 << 20);
  const ArrayFile file = open_npy(folder / "x.npy");
  EXPECT_EQ(file.read(Rows{1 << 19}).size(), 4u);
  std::filesystem::resize_file(folder / "x.npy", 1 << 20);
  EXPECT_EQ(file.read(Rows{0, 1000}).size(), 8u);
  EXPECT_EQ(kind_of<DataError>([&] { (void)file.read(Rows{0, 1 << 19}); }), "malformed_file");
}

TEST(ValuesOnDisk, AreThoseInMemory) {
  const ScratchFolder folder;
  const auto expect_values = [&](const Array& array, std::optional<double> factor) {
    write_npy(folder / "x.npy", array);
    const ValuesOnDisk values(open_npy(folder / "x.npy"), factor);
    EXPECT_EQ(read_all(values), factor ? array.to_float(*factor) : array.as_float());
    std::vector<float> some(6);
    values.read(Rows{5, 2}, some);
    const Array rows = rows_of(array, {5, 2});
    EXPECT_EQ(some, (factor ? rows.to_float(*factor) : rows.as_float()).values());
  };
  expect_values(ascending<float>(), std::nullopt);
  expect_values(ascending<double>(), std::nullopt);
  expect_values(ascending<float>(), 0.3);
  expect_values(ascending<std::uint8_t>(), 1.0 / 255);
  expect_values(ascending<std::int64_t>(), 1e-3);
  write_npy(folder / "i.npy", ascending<std::int32_t>());
  EXPECT_EQ(kind_of<DataError>([&] { ValuesOnDisk{open_npy(folder / "i.npy")}; }), "wrong_data_size");
  write_npy(folder / "scalar.npy", Tensor<float>({}, {3}));
  EXPECT_EQ(read_all(ValuesOnDisk(open_npy(folder / "scalar.npy"))).shape(), Extents{});
  write_npy(folder / "x.npy", ascending<double>());
  std::vector<float> short_of_one(5);
  EXPECT_EQ(kind_of<DataError>([&] {
              ValuesOnDisk(open_npy(folder / "x.npy")).read(Rows{5, 2}, short_of_one);
            }),
            "wrong_data_size");
  Tensor<double> large = ascending<double>();
  large[5 * 3 + 1] = 1e300;
  write_npy(folder / "large.npy", large);
  const ValuesOnDisk values(open_npy(folder / "large.npy"));
  std::vector<float> some(6);
  const Problem problem = problems_of<DataError>([&] { values.read(Rows{0, 5}, some); }).at(0);
  EXPECT_EQ(problem.kind, ProblemKind::invalid_value);
  EXPECT_THAT(problem.path, HasSubstr("example 5, element 1"));
}

TEST(EncodedOnDisk, IsWhatEncodeGives) {
  const ScratchFolder folder;
  const LinearLatency linear{.max_time = 18, .min_time = 2, .threshold = 30};
  const LogLatency log{.tau_eff = 10, .threshold = 60};
  const auto expect_spikes = [&](const EncodedOnDisk& source, const SpikeTrains& whole) {
    EXPECT_EQ(source.neurons(), whole.neurons());
    EXPECT_GE(source.most_spikes(), whole.spikes());
    EXPECT_EQ(read_all(source), whole);
    SpikeTrains some = slice(whole, 6, 7);
    const SpikeTrains read = source.read(Rows{6, 1});
    EXPECT_EQ(slice(read, 0, 1), some);
    EXPECT_EQ(slice(read, 1, 2), slice(whole, 1, 2));
  };
  const Tensor<std::uint8_t> bytes = ascending<std::uint8_t>(20);
  write_npy(folder / "b.npy", bytes);
  write_npy(folder / "d.npy", ascending<double>(20));
  expect_spikes({open_npy(folder / "b.npy"), linear}, encode(bytes, linear));
  expect_spikes({open_npy(folder / "b.npy"), log}, encode(bytes, log));
  expect_spikes({open_npy(folder / "b.npy"), linear, 0.5}, encode(scale(bytes, 0.5), linear));
  expect_spikes({open_npy(folder / "d.npy"), log}, encode(Array(ascending<double>(20)).as_float(), log));
}

// Examples that do not spike are no mistake.
TEST(EncodedOnDisk, NamesTheExampleThatCannotBeEncoded) {
  const ScratchFolder folder;
  Tensor<float> values({1000, 2});
  values[0] = 9;
  values[2 * 900 + 1] = 300;
  write_npy(folder / "x.npy", values);
  const EncodedOnDisk source(open_npy(folder / "x.npy"), LinearLatency{});
  EXPECT_EQ(source.read(Rows{17, 899}).spikes(), 0u);
  const Problem problem = problems_of<DataError>([&] { (void)source.read(Rows{3, 900}); }).at(0);
  EXPECT_EQ(problem.kind, ProblemKind::invalid_value);
  EXPECT_EQ(problem.path, (folder / "x.npy").string() + ": example 900, element 1");
  Tensor<double> large({1000, 2});
  large[0] = 200;
  large[2 * 900 + 1] = 1e300;
  write_npy(folder / "large.npy", large);
  const EncodedOnDisk of_large(open_npy(folder / "large.npy"), LogLatency{});
  EXPECT_THAT(problems_of<DataError>([&] {
                (void)of_large.read(Rows{3, 900});
              })
                  .at(0)
                  .path,
              HasSubstr("large.npy, example 900, element 1"));
}

TEST(SpikesOnDisk, AreThoseInMemory) {
  const ScratchFolder folder;
  const SpikeTrains trains = make_spike_trains(4, {{{1, 3}, {0, 1}, {1, 2}, {3, 0}}, {}, {{0, 5}, {2, 4}}});
  Arrays arrays = to_arrays(trains);
  arrays["neurons"] = Tensor<std::int16_t>({6}, {0, 1, 1, 3, 2, 0});  // in another order
  arrays["times"] = Tensor<double>({6}, {1, 3, 2, 0, 4, 5});
  write_npz(folder / "x.npz", arrays, false);
  const SpikesOnDisk spikes(folder / "x.npz");
  EXPECT_EQ(spikes.neurons(), 4u);
  EXPECT_EQ(read_all(spikes), trains);
  EXPECT_EQ(read_all(spikes.first(2)), slice(trains, 0, 2));
  EXPECT_EQ(slice(spikes.read(Rows{2, 0, 1}), 0, 1), slice(trains, 2, 3));
  const auto refused = [&](const std::string& name, const Array& array) {
    Arrays wrong = arrays;
    wrong[name] = array;
    write_npz(folder / "wrong.npz", wrong, false);
    return kind_of<DataError>([&] { (void)read_all(SpikesOnDisk(folder / "wrong.npz")); });
  };
  EXPECT_EQ(refused("times", Tensor<float>({5})), "malformed_file");
  EXPECT_EQ(refused("times", Tensor<std::int32_t>({6})), "malformed_file");
  EXPECT_EQ(refused("neurons", Tensor<std::int32_t>({6, 1})), "malformed_file");
  EXPECT_EQ(refused("offsets", Tensor<std::int32_t>({3}, {0, 4, 7})), "malformed_file");
  EXPECT_EQ(refused("neurons", Tensor<std::int32_t>({6}, {0, 1, 2, 3, 4, 0})), "wrong_data_size");
  EXPECT_EQ(refused("neurons", Tensor<std::int32_t>({6}, {0, 1, 2, 3, -4, 0})), "invalid_value");
  EXPECT_EQ(kind_of<DataError>([&] { (void)spikes.first(2).read(Rows{2}); }), "wrong_data_size");
  Arrays wrong = arrays;
  wrong["times"] = Tensor<double>({6}, {1, 3, 2, 0, -4, 5});
  write_npz(folder / "wrong.npz", wrong, false);
  EXPECT_EQ(problems_of<DataError>([&] { (void)SpikesOnDisk(folder / "wrong.npz").read(Rows{2}); }).at(0).path,
            (folder / "wrong.npz").string() + ", example 2, spike 0");
  write_npz(folder / "packed.npz", arrays);
  EXPECT_EQ(kind_of<DataError>([&] { SpikesOnDisk(folder / "packed.npz"); }), "unsupported");
}

}  // namespace
}  // namespace synfire
