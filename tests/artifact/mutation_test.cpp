// SPDX-License-Identifier: Apache-2.0
// A randomly changed file is either loaded completely or refused.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "artifact/archive.hpp"
#include "artifact/sample.hpp"
#include "base/scratch_folder.hpp"

namespace synfire {
namespace {

using test::Archive;
using test::Json;

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

  // Changes one value somewhere below `json`.
  void change(Json& json) {
    if (json.is_structured() && !json.empty() && below(8) != 0) {
      auto at = json.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(below(json.size())));
      if (below(20) == 0) {
        json.erase(at);
      } else {
        change(*at);
      }
      return;
    }
    json = value();
  }

  Json value() {
    static const std::vector<Json> values{nullptr,
                                          true,
                                          0,
                                          1,
                                          -1,
                                          3,
                                          255,
                                          256,
                                          65536,
                                          0x7fffffff,
                                          0xffffffff,
                                          0.5,
                                          1e300,
                                          -0.0,
                                          "",
                                          "cells",
                                          "input",
                                          "rows",
                                          "dense",
                                          "f32",
                                          "u8",
                                          "parameter",
                                          "recording",
                                          Json::array(),
                                          Json::object(),
                                          Json::array({0}),
                                          Json::array({1, 2}),
                                          std::uint64_t{1} << 32,
                                          std::uint64_t{1} << 47,
                                          ~std::uint64_t{0}};
    return values[below(values.size())];
  }

  void change(std::vector<std::byte>& bytes) {
    if (bytes.empty()) return;
    for (std::size_t i = 0; i <= below(4); ++i) bytes[below(bytes.size())] = static_cast<std::byte>(below(256));
    if (below(10) == 0) bytes.resize(below(bytes.size()));
  }

 private:
  std::mt19937_64 random_;
};

std::uint64_t base_seed() {
  const char* chosen = std::getenv("SYNFIRE_MUTATION_SEED");
  return chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : std::random_device{}();
}

// A file that loads can be saved, and so has passed every check.
bool loads(const std::vector<std::byte>& bytes) {
  try {
    test::saved(load_artifact(bytes));
    return true;
  } catch (const DataError& error) {
    EXPECT_FALSE(error.problems().empty());
    return false;
  }
}

constexpr int mutations = 300;

TEST(MutatedArtifact, Manifests) {
  const std::uint64_t seed = base_seed();
  SCOPED_TRACE("SYNFIRE_MUTATION_SEED=" + std::to_string(seed));
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Mutator mutator(seed);
  int refused = 0;
  for (const auto schedule : {codegen::Schedule::trial, codegen::Schedule::step}) {
    const Archive sound(test::sample_file("sparse_delays", schedule));
    for (int i = 0; i < mutations / 2; ++i) {
      Archive archive = sound;
      const bool of_file = mutator.below(4) == 0;
      const char* name = of_file                 ? "manifest.json"
                         : mutator.below(2) == 0 ? "programs/host/manifest.json"
                                                 : "programs/cuda/manifest.json";
      archive.edit(name, [&](Json& json) { mutator.change(json); });
      if (!of_file) archive.seal();
      if (!loads(archive.bytes())) ++refused;
    }
  }
  EXPECT_GT(refused, mutations / 2);
}

TEST(MutatedArtifact, Bytes) {
  const std::uint64_t seed = base_seed();
  SCOPED_TRACE("SYNFIRE_MUTATION_SEED=" + std::to_string(seed));
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Mutator mutator(seed);
  const std::vector<std::byte> sound = test::saved(test::sample_file("sparse_delays"));
  const Archive archive(test::sample_file("sparse_delays"));
  const std::vector<std::string> names = archive.names();
  int refused = 0;
  for (int i = 0; i < mutations; ++i) {
    std::vector<std::byte> bytes = sound;
    if (i % 2 == 0) {
      mutator.change(bytes);
    } else {  // an entry, with correct checksums: exercises the readers of arrays and manifests
      Archive changed = archive;
      const std::string& name = names[mutator.below(names.size())];
      mutator.change(changed.entry(name));
      if (name != "manifest.json") changed.seal();
      bytes = changed.bytes();
    }
    if (!loads(bytes)) ++refused;
  }
  EXPECT_GT(refused, mutations / 4);
}

}  // namespace
}  // namespace synfire
