// SPDX-License-Identifier: Apache-2.0
// Impossible manifests in files with correct checksums are detected before anything is allocated or launched.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "artifact/archive.hpp"
#include "artifact/sample.hpp"
#include "base/scratch_folder.hpp"
#include "synfire/npz.hpp"

namespace synfire {
namespace {

using test::Archive;
using test::Json;
using ::testing::HasSubstr;

constexpr const char* host_manifest = "programs/host/manifest.json";

// Changes to host programs of "sparse_delays":
//   populations 0 input (12, spikes), 1 cells (70, readout);
//   connections 0 drive (rows with delays), 1 recurrence (rows)
struct Change {
  const char* pointer;  // into the manifest of the host program
  Json value;           // null: the member is removed
  const char* path;     // of the expected problem
};

void PrintTo(const Change& change, std::ostream* out) { *out << change.pointer << " = " << change.value; }

constexpr std::uint64_t huge = std::uint64_t{1} << 63;

std::size_t buffer_called(const Json& manifest, const std::string& role) {
  for (std::size_t i = 0; i < manifest["buffers"].size(); ++i) {
    if (manifest["buffers"][i]["role"] == role) return i;
  }
  ADD_FAILURE() << "no buffer has the role " << role;
  return 0;
}

// `[role]` in a pointer or path stands for the first buffer of this role.
std::string resolved(std::string text, const Json& manifest) {
  const std::size_t begin = text.find('<');
  if (begin == std::string::npos) return text;
  const std::size_t end = text.find('>');
  return text.replace(begin, end + 1 - begin,
                      std::to_string(buffer_called(manifest, text.substr(begin + 1, end - begin - 1))));
}

std::vector<Change> changes() {
  return {
      {"/abi", 1, "abi"},
      {"/schedule", "wave", "schedule"},
      {"/schedule", "step", "entry"},
      {"/dt", 0.0, "dt"},
      {"/dt", -1.0, "dt"},
      {"/dt", "1", "dt"},
      {"/populations/0/name", "a\n#include", "populations[0].name"},
      {"/populations/0/model", "x */ y", "populations[0].model"},
      {"/populations/1/readout", "\x1b[31m", "populations[1].readout"},
      {"/connections/0/name", "a\"b", "connections[0].name"},
      {"/connections/0/synapse",
       "a?"
       "?/",
       "connections[0].synapse"},
      {"/connections/1/connectivity", std::string(2000, 'x'), "connections[1].connectivity"},
      {"/buffers/0/name", "x;y", "buffers[0].name"},
      {"/buffers/0/variable", "%s%n", "buffers[0].variable"},
      {"/entry/name", "main\\", "entry.name"},
      {"/timesteps", 0, "timesteps"},
      {"/timesteps", 0xffffffff, "timesteps"},
      {"/timesteps", 19, "buffers[<input_spike_offsets>].shape"},
      {"/timesteps", -20, "timesteps"},
      {"/timesteps", 20.5, "timesteps"},
      {"/recording_steps", 21, "recording_steps"},
      {"/batch_size", 0, "batch_size"},
      {"/batch_size", huge, "batch_size"},
      {"/seed", "0", "seed"},
      {"/resumable", 1, "resumable"},
      {"/network", 7, "network"},
      {"/notes", "one", "notes"},
      {"/notes/0", 1, "notes[0]"},
      {"/more", 1, "more"},
      {"/buffers", nullptr, "buffers"},
      {"/entry/name", "", "entry.name"},
      {"/entry/threads", 1025, "entry.threads"},
      {"/entry/scratch_bytes", huge, "entry.scratch_bytes"},
      {"/entry/shared_bytes", huge, "entry.shared_bytes"},
      {"/entry/parts", 3, "entry"},
      {"/entry/parts", 0x7fffffff, "entry.parts"},
      {"/entry/step", Json::array({{{"name", "k"}, {"blocks", 1}, {"threads", 1}, {"shared_bytes", 0}}}), "entry"},
      {"/populations/0/name", "cells", "populations[1].name"},
      {"/populations/0/name", "", "populations[0].name"},
      {"/populations/0/shape", Json::array(), "buffers"},
      {"/populations/1/shape", Json::array({0}), "populations[1].shape"},
      {"/populations/1/shape", Json::array({huge, 2}), "populations[1].shape"},
      {"/populations/1/shape", Json::array({71}), "buffers[<readout>].shape"},
      {"/populations/1/shape", Json::array({69}), "buffers[<readout>].shape"},
      {"/populations/0/input", "values", "buffers[<input_spike_offsets>].population"},
      {"/populations/0/input", "everything", "populations[0].input"},
      {"/populations/0/frames", 0, "populations[0].frames"},
      {"/populations/0/frame_timesteps", 0, "populations[0].frame_timesteps"},
      {"/populations/0/readout_duration", "long", "populations[0].readout_duration"},
      {"/connections/0/name", "recurrence", "connections[1].name"},
      {"/connections/0/source", "nobody", "connections[0].source"},
      {"/connections/0/target", "", "connections[0].target"},
      {"/connections/0/storage", "hidden", "connections[0].storage"},
      {"/connections/0/storage", "dense", "connections[0]"},
      {"/connections/0/tiles", 0, "connections[0].tiles"},
      {"/connections/0/tiles", 2, "buffers"},
      {"/connections/0/tiles", 0xffffffff, "buffers"},
      {"/connections/0/longest_delay_steps", 0, "connections[0].longest_delay_steps"},
      {"/connections/0/weight", "heavy", "connections[0].weight"},
      {"/connections/0/weight", 1e300, "connections[0].weight"},
      {"/connections/0/weight_buffer", "nothing", "connections[0].weight_buffer"},
      {"/connections/0/offset_buffer", "", "connections[0].offset_buffer"},
      {"/connections/0/target_buffer", "cells_readout", "connections[0].target_buffer"},
      {"/connections/0/delay_buffer", "drive_weight", "connections[0].delay_buffer"},
      {"/static_recordings", Json::array({{{"connection", "nothing"}, {"variable", "weight"}}}),
       "static_recordings[0].connection"},
      {"/static_recordings", Json::array({{{"connection", "drive"}, {"variable", "g"}}}),
       "static_recordings[0].variable"},
      {"/buffers/<parameter>/name", "", "buffers[<parameter>].name"},
      {"/buffers/<parameter>/role", "ornament", "buffers[<parameter>].role"},
      {"/buffers/<parameter>/type", "f64", "buffers[<parameter>].type"},
      {"/buffers/<parameter>/type", "u8", "connections[0].weight_buffer"},
      {"/buffers/<parameter>/shape", Json::array({huge, huge}), "buffers[<parameter>].shape"},
      {"/buffers/<parameter>/shape", Json::array({std::uint64_t{1} << 46}), "buffer"},
      {"/buffers/<parameter>/shape", Json::array({-1}), "buffers[<parameter>].shape[0]"},
      {"/buffers/<parameter>/per_example", true, "buffers[<parameter>].per_example"},
      {"/buffers/<trial_state>/shape", Json::array({std::uint64_t{1} << 45}), "batch_size"},
      {"/buffers/<trial_state>/carried", "luggage", "buffers[<trial_state>].carried"},
      {"/buffers/<trial_state>/role", "step_base", "buffers[<trial_state>]"},
      {"/buffers/<input_spike_neurons>/population", "cells", "buffers[<input_spike_neurons>].population"},
      {"/buffers/<input_spike_offsets>/type", "f32", "buffers[<input_spike_offsets>].type"},
      {"/buffers/<input_spike_offsets>/shape", Json::array({20}), "buffers[<input_spike_offsets>].shape"},
      {"/buffers/<example_steps>/shape", Json::array({0}), "buffers[<example_steps>].shape"},
      {"/buffers/<readout>/population", "nobody", "buffers[<readout>].population"},
      {"/buffers/<readout>/role", "recording", "buffers[<readout>].shape"},
  };
}

class HostileManifest : public ::testing::TestWithParam<Change> {};

TEST_P(HostileManifest, IsRefused) {
  static const Archive sound(test::sample_file("sparse_delays"));
  Archive archive = sound;
  const Change& change = GetParam();
  const Json before = archive.json(host_manifest);
  archive.edit(host_manifest, [&](Json& manifest) {
    const Json::json_pointer pointer(resolved(change.pointer, before));
    if (change.value.is_null()) {
      manifest[pointer.parent_pointer()].erase(pointer.back());
    } else {
      manifest[pointer] = change.value;
    }
  });
  archive.seal();
  const auto bytes = archive.bytes();
  const auto problems = test::problems_of<DataError>([&] { load_artifact(bytes); });
  std::vector<std::string> paths;
  for (const Problem& problem : problems) {
    EXPECT_EQ(problem.kind, ProblemKind::malformed_file);
    paths.push_back(problem.path);
  }
  EXPECT_THAT(paths, ::testing::Contains(HasSubstr(": " + resolved(change.path, before))));
}

INSTANTIATE_TEST_SUITE_P(Changes, HostileManifest, ::testing::ValuesIn(changes()));

// ---- Kernels that run step by step

std::vector<std::string> problems_of_kernels(const std::function<void(Json&)>& change) {
  Archive archive(test::sample_file("sparse_delays", codegen::Schedule::step));
  archive.edit("programs/cuda/manifest.json", change);
  archive.seal();
  const auto bytes = archive.bytes();
  std::vector<std::string> paths;
  for (const Problem& problem : test::problems_of<DataError>([&] { load_artifact(bytes); }))
    paths.push_back(problem.path);
  return paths;
}

TEST(HostileKernels, AreRefused) {
  const auto refused = [](const char* pointer, const Json& value, const char* path) {
    EXPECT_THAT(problems_of_kernels([&](Json& manifest) { manifest[Json::json_pointer(pointer)] = value; }),
                ::testing::Contains(HasSubstr(path)));
  };
  refused("/entry/step/0/blocks", 0, "entry.step[0].blocks");
  refused("/entry/step/0/threads", 2048, "entry.step[0].threads");
  refused("/entry/step/0/name", "", "entry.step[0].name");
  refused("/entry/step", Json::array(), "entry");
  refused("/entry/parts", 2, "entry");
  EXPECT_THAT(problems_of_kernels([](Json& manifest) { manifest["buffers"].erase(manifest["buffers"].size() - 1); }),
              ::testing::Contains(HasSubstr("buffers")));
}

// ---- Contents of rows

template <class T>
std::vector<Problem> problems_of_rows(const char* entry, const std::function<void(T*)>& change) {
  Archive archive(test::sample_file("sparse_delays"));
  std::vector<std::byte>& bytes = archive.entry(entry);
  const Array array = read_npy(bytes);
  std::vector<std::byte> elements(array.bytes().begin(), array.bytes().end());
  change(reinterpret_cast<T*>(elements.data()));
  bytes = npy_bytes(Array(array.type(), array.shape(), elements));
  archive.seal();
  const auto sealed = archive.bytes();
  return test::problems_of<DataError>([&] { load_artifact(sealed); });
}

TEST(HostileRows, LeadToWhatIsThere) {
  const char* offsets = "programs/host/parameters/drive_arriving_offsets.npy";
  const char* targets = "programs/host/parameters/drive_arriving_targets.npy";
  const char* delays = "programs/host/parameters/drive_arriving_delays.npy";
  const auto path = [](const std::vector<Problem>& problems) { return problems.empty() ? "" : problems[0].path; };
  EXPECT_THAT(path(problems_of_rows<std::uint16_t>(targets, [](std::uint16_t* target) { target[3] = 70; })),
              HasSubstr("connections[0].target_buffer"));
  EXPECT_THAT(path(problems_of_rows<std::uint32_t>(offsets, [](std::uint32_t* offset) { offset[3] = 0; })),
              HasSubstr("connections[0].offset_buffer"));
  EXPECT_THAT(path(problems_of_rows<std::uint32_t>(offsets, [](std::uint32_t* offset) { ++offset[12]; })),
              HasSubstr("connections[0].offset_buffer"));
  EXPECT_THAT(path(problems_of_rows<std::uint8_t>(delays, [](std::uint8_t* delay) { delay[0] = 200; })),
              HasSubstr("connections[0].delay_buffer"));
}

TEST(HostileRows, AnArrayOfAnotherTypeOrSize) {
  Archive archive(test::sample_file("sparse_delays"));
  const char* entry = "programs/host/parameters/drive_arriving_delays.npy";
  const auto refused = [&](const Array& array) {
    Archive changed = archive;
    changed.entry(entry) = npy_bytes(array);
    changed.seal();
    const auto bytes = changed.bytes();
    return test::kind_of<DataError>([&] { load_artifact(bytes); });
  };
  const Array delays = read_npy(archive.entry(entry));
  EXPECT_EQ(refused(Array(DataType::i8, delays.shape(), {delays.bytes().begin(), delays.bytes().end()})),
            "malformed_file");
  EXPECT_EQ(refused(Array(DataType::u8, {1}, {std::byte{}})), "malformed_file");
  EXPECT_EQ(refused(Array(DataType::u8, {0}, {})), "malformed_file");
}

}  // namespace
}  // namespace synfire
