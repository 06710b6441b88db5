// SPDX-License-Identifier: Apache-2.0
#include "simt/simt_compile.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "synfire/error.hpp"

namespace synfire::simt {
namespace {

namespace fs = std::filesystem;

const fs::path kernels = SYNFIRE_KERNELS_FOLDER;
const fs::path platform = SYNFIRE_SIMT_FOLDER;
const fs::path cache = SYNFIRE_SIMT_CACHE;

// Contraction off, as for all generated code. Not optimized: most programs run once, and compilation dominates.
const std::string command =
    SYNFIRE_SIMT_COMPILER " -std=c++20 -O0 -shared -fPIC -ffp-contract=off -fno-math-errno -DSYNFIRE_SIMT";

std::optional<std::string> read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

[[noreturn]] void fail(std::string message, const fs::path& file) {
  Problem problem;
  problem.kind = ProblemKind::build_failed;
  problem.path = "simt";
  problem.message = std::move(message);
  problem.place.file = file.string();
  throw BuildError(std::move(problem));
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) fail("cannot write the source", path);
}

// All headers that a kernel may include.
std::vector<fs::path> headers() {
  std::vector<fs::path> files;
  for (const fs::path& folder : {kernels / "device", platform / "simt"}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string key_of(const std::string& source) {
  std::string all = command + '\0' + __VERSION__ + '\0' + source;
  for (const fs::path& header : headers()) all += '\0' + header.string() + '\0' + read_text(header).value_or("");
  const XXH128_hash_t hash = XXH3_128bits(all.data(), all.size());
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  std::string key;
  for (const unsigned char digit : canonical.digest) {
    key += "0123456789abcdef"[digit >> 4];
    key += "0123456789abcdef"[digit & 15];
  }
  return key;
}

std::string quoted(const fs::path& path) { return std::string("'").append(path.string()).append("'"); }

// A private build folder: other tests may build the same source concurrently.
class WorkFolder {
 public:
  WorkFolder() : path_((cache / "build-XXXXXX").string()) {
    if (!mkdtemp(path_.data())) fail("cannot create a folder", path_);
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  fs::path operator/(const char* name) const { return fs::path(path_) / name; }

 private:
  std::string path_;
};

void run_compiler(const WorkFolder& folder) {
  const std::string line = command + " -I" + quoted(kernels / "device") + " -I" + quoted(kernels) + " -I" +
                           quoted(platform) + " -o " + quoted(folder / "kernel.so") + " -x c++ " +
                           quoted(folder / "kernel.cu") + " > " + quoted(folder / "log") + " 2>&1";
  if (std::system(line.c_str()) != 0) {
    fail("the compiler says: " + read_text(folder / "log").value_or(""), "kernel.cu");
  }
}

void build(const std::string& source, const fs::path& object) {
  fs::create_directories(cache);
  const WorkFolder folder;
  write_file(folder / "kernel.cu", source);
  run_compiler(folder);
  write_file(fs::path(object).replace_extension(".cu"), source);
  fs::rename(folder / "kernel.so", object);
}

}  // namespace

std::vector<std::byte> compile_for_simt(const std::string& cuda_source) {
  const fs::path object = cache / (key_of(cuda_source) + ".so");
  if (!fs::exists(object)) build(cuda_source, object);
  const std::string text = read_text(object).value_or("");
  if (text.empty()) fail("cannot read the object file", object);
  const auto* const bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

}  // namespace synfire::simt
