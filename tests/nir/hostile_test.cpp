// SPDX-License-Identifier: Apache-2.0
// Files and graphs that are wrong end with a DataError that says where.
#include <cmath>
#include <fstream>
#include <limits>

#include "base/scratch_folder.hpp"
#include "nir/support.hpp"
#include "synfire/hdf5/file.hpp"

namespace synfire::nir::test {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// A file with a chain of an input, one node and an output, written by `add` into the group of the node.
class Crafted {
 public:
  explicit Crafted(const std::function<void(hdf5::Writer&, const std::string&)>& add) {
    hdf5::Writer file(path());
    file.group("/node");
    file.text("/node/type", "NIRGraph");
    file.texts("/node/edges", {2, 2}, {"input", "n", "n", "output"});
    file.group("/node/nodes");
    file.group("/node/nodes/input");
    file.text("/node/nodes/input/type", "Input");
    file.integers("/node/nodes/input/shape", {1}, std::vector<std::int64_t>{2});
    file.group("/node/nodes/output");
    file.text("/node/nodes/output/type", "Output");
    file.group("/node/nodes/n");
    add(file, "/node/nodes/n");
    file.commit();
  }
  std::filesystem::path path() const { return folder_ / "crafted.nir"; }
  std::string refusal() const {
    return test::refusal([&] { import_network(read_graph(path())); });
  }

 private:
  synfire::test::ScratchFolder folder_;
};

void expect_refused(const std::function<void(hdf5::Writer&, const std::string&)>& add, const std::string& part) {
  const std::string text = Crafted(add).refusal();
  EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_NE(text.find("/node/nodes/n"), std::string::npos) << text;
}

TEST(NirHostile, TruncatedFilesAreRefused) {
  const synfire::test::ScratchFolder folder;
  for (const char* name : {"paper/lif_norse.nir", "layout/compression_none.nir", "layout/node_name_slash.nir"}) {
    const std::string bytes = bytes_of(sample(name));
    for (std::size_t length = 0; length < bytes.size(); length += 101) {
      write(folder / "cut.nir", bytes.substr(0, length));
      EXPECT_THROW(read_graph(folder / "cut.nir"), DataError) << name << ", " << length << " bytes";
    }
  }
  EXPECT_THROW(read_graph(folder / "missing.nir"), DataError);
  EXPECT_THROW(read_graph(folder.path()), DataError);
}

// Damaged bytes give another graph or a DataError, but no crash.
TEST(NirHostile, DamagedFilesGiveAGraphOrAnError) {
  const synfire::test::ScratchFolder folder;
  const std::string bytes = bytes_of(sample("layout/integer_parameters.nir"));
  std::size_t refused = 0, read = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 37) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x5a);
    write(folder / "damaged.nir", damaged);
    try {
      import_network(read_graph(folder / "damaged.nir"));
      ++read;
    } catch (const DataError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 20u);
  EXPECT_GT(read, 20u);
}

TEST(NirHostile, WrongTypesAreRefused) {
  const std::vector<float> two{1, 1};
  expect_refused([&](hdf5::Writer& file, const std::string& at) { file.singles(at + "/type", {2}, two); },
                 "does not hold text");
  expect_refused([&](hdf5::Writer& file, const std::string& at) { file.text(at + "/type", "LIFF"); },
                 "did you mean \"LIF\"");
  expect_refused(
      [&](hdf5::Writer& file, const std::string& at) {
        file.text(at + "/type", "Linear");
        file.text(at + "/weight", "one");
      },
      "is not an array of numbers");
  expect_refused(
      [&](hdf5::Writer& file, const std::string& at) {
        file.text(at + "/type", "Linear");
        file.singles(at + "/weight", {1, 2}, two);
        file.singles(at + "/delay", {2}, two);
      },
      "do not have such a parameter");
  expect_refused([&](hdf5::Writer& file, const std::string& at) { file.text(at + "/type", "LIF"); }, "is missing");
}

TEST(NirHostile, NumbersOutOfRangeAreRefused) {
  const auto with_tau = [](double tau) {
    return [tau](hdf5::Writer& file, const std::string& at) {
      file.text(at + "/type", "LI");
      file.doubles(at + "/tau", {2}, std::vector<double>{tau, 0.01});
      file.doubles(at + "/r", {2}, std::vector<double>{1, 1});
      file.doubles(at + "/v_leak", {2}, std::vector<double>{0, 0});
    };
  };
  expect_refused(with_tau(-0.01), "a time > 0");
  expect_refused(with_tau(0), "a time > 0");
  expect_refused(with_tau(std::nan("")), "a time > 0");
  expect_refused(with_tau(std::numeric_limits<double>::infinity()), "is infinite");
  EXPECT_EQ(Crafted(with_tau(0.01)).refusal(), "");
  const auto with_weight = [](double weight) {
    return [weight](hdf5::Writer& file, const std::string& at) {
      file.text(at + "/type", "Linear");
      file.doubles(at + "/weight", {1, 2}, std::vector<double>{weight, 1});
    };
  };
  expect_refused(with_weight(std::nan("")), "a finite number");
  EXPECT_NE(Crafted(with_weight(1e60)).refusal().find("too large for single precision"), std::string::npos);
}

TEST(NirHostile, HugeShapesAreRefusedBeforeMemoryIsUsed) {
  // Only the claim of a shape is in the file.
  const std::string text = refusal([] {
    const Crafted huge([](hdf5::Writer& file, const std::string& at) {
      file.text(at + "/type", "SumPool2d");
      file.integers(at + "/kernel_size", {2}, std::vector<std::int64_t>{1, 1});
      file.integers(at + "/stride", {2}, std::vector<std::int64_t>{1, 1});
      file.integers(at + "/padding", {2}, std::vector<std::int64_t>{1 << 23, 1 << 23});
    });
    read_graph(huge.path());
  });
  EXPECT_NE(text.find("/node/nodes/n"), std::string::npos) << text;
  for (const double extent : {1e18, -3.0, 0.0, 0.5}) {
    Graph wide{.nodes = {input({extent}), output()}, .edges = {{"input", "output"}}};
    EXPECT_THROW(check(wide), DataError) << extent;
  }
  Graph wide{.nodes = {input({1 << 23, 1 << 23}), output()}, .edges = {{"input", "output"}}};
  EXPECT_NE(refusal([&] { check(wide); }).find("too many elements"), std::string::npos);
}

// A dataset that claims more than the file can hold is never read.
TEST(NirHostile, ClaimsBeyondTheFileAreRefused) {
  const synfire::test::ScratchFolder folder;
  const std::filesystem::path path = folder / "claim.nir";
  std::string bytes = bytes_of(sample("layout/integer_parameters.nir"));
  // The extent 3 of a dataspace: version 1, one dimension, without a maximum or with it.
  std::size_t changed = 0;
  const std::string extent{'\x03', 0, 0, 0, 0, 0, 0, 0};
  for (std::size_t at = bytes.find(extent); at != std::string::npos; at = bytes.find(extent, at + 8)) {
    if (at < 8 || bytes[at - 8] != 1 || bytes[at - 7] != 1) continue;
    bytes[at + 3] = 0x0f;  // 2^27 and more
    ++changed;
  }
  ASSERT_GT(changed, 0u);
  write(path, bytes);
  const std::string text = refusal([&] { read_graph(path); });
  EXPECT_NE(text.find("claims more data than the file can hold"), std::string::npos) << text;
}

TEST(NirHostile, EdgesMustLeadSomewhere) {
  const auto refused = [](std::vector<Edge> edges, const std::string& part) {
    Graph made{.nodes = {input({1}), linear("w", 1, 1, {1}), output()}, .edges = std::move(edges)};
    const std::string text = refusal([&] { check(made); });
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  refused({{"input", "v"}}, "given v");
  refused({{"w", "input"}}, "an edge leads into an Input");
  refused({{"output", "w"}}, "an edge leads out of an Output");
}

TEST(NirHostile, ShapesMustFit) {
  const auto refused = [](std::vector<Node> nodes, const std::string& part) {
    const std::string text = refusal([&] { chain(nodes); });
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  refused({input({3}), linear("w", 1, 2, {1, 1}), output()}, "does not fit the input");
  refused({input({3}), lif("a", 2), output()}, "do not fit the input");
  refused({input({3}), node("p", "SumPool2d", {{"kernel_size", whole({2, 2})}}), output()}, "channel, height, width");
  refused({input({1, 2, 2}),
           node("c", "Conv2d", {{"weight", array({1, 1, 3, 3}, std::vector<double>(9, 1))}, {"groups", whole({0})}}),
           output()},
          "is not a size");
  refused(
      {input({1, 2, 2}), node("c", "Conv2d", {{"weight", array({1, 1, 3, 3}, std::vector<double>(9, 1))}}), output()},
      "larger than its padded input");
}

// A product of diamonds has as many paths as there are subsets.
TEST(NirHostile, ManyPathsAreNotFollowedOneByOne) {
  std::vector<Node> nodes{input({1}), output()};
  std::vector<Edge> edges;
  std::string last = "input";
  for (int k = 0; k < 200; ++k) {
    const std::string number = std::to_string(k);
    for (const std::string& side : {"a" + number, "b" + number}) {
      nodes.push_back(linear(side, 1, 1, {0.5}));
      edges.push_back({last, side});
    }
    nodes.push_back(linear("c" + number, 1, 1, {1}));
    edges.push_back({"a" + number, "c" + number});
    edges.push_back({"b" + number, "c" + number});
    last = "c" + number;
  }
  edges.push_back({last, "output"});
  const Imported imported = import_network(graph(nodes, edges));
  EXPECT_EQ(imported.network.connections(), 1u);
}

}  // namespace
}  // namespace synfire::nir::test
