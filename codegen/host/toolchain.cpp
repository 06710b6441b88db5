// SPDX-License-Identifier: Apache-2.0
#include "host/toolchain.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "jit/environment.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

struct Machine {
  const char* kind;
  const char* compiler;  // the cross compiler
  const char* variable;  // environment variable that names another
  std::vector<std::string> flags;
};

// Vectors as wide as the processor's registers.
const Machine x86_64{"x86-64", "x86_64-linux-gnu-g++", "SYNFIRE_CXX_X86_64", {"-mprefer-vector-width=512"}};
// Without libgcc's functions that choose between atomic instructions: the program is not linked with any library.
const Machine aarch64{"aarch64", "aarch64-linux-gnu-g++", "SYNFIRE_CXX_AARCH64", {"-mno-outline-atomics"}};

#if defined(__x86_64__)
const Machine* const this_machine = &x86_64;
#elif defined(__aarch64__)
const Machine* const this_machine = &aarch64;
#else
const Machine* const this_machine = nullptr;
#endif

struct Architecture {
  const char* name;
  const char* march;
  const Machine* machine;
};

const std::vector<Architecture>& architectures() {
  static const std::vector<Architecture> all{{"native", "native", this_machine},  {"x86-64", "x86-64", &x86_64},
                                             {"x86-64-v2", "x86-64-v2", &x86_64}, {"x86-64-v3", "x86-64-v3", &x86_64},
                                             {"x86-64-v4", "x86-64-v4", &x86_64}, {"aarch64", "armv8-a", &aarch64}};
  return all;
}

const Architecture& find(const std::string& name) {
  std::vector<std::string> known;
  for (const Architecture& each : architectures()) {
    if (name == each.name) return each;
    known.emplace_back(each.name);
  }
  throw BuildError({.kind = ProblemKind::build_failed,
                    .path = "architecture",
                    .message = "unknown host architecture \"" + name + "\"",
                    .hint = suggest(name, known),
                    .given = name});
}

std::string from_environment(const char* variable, const char* otherwise) {
  const char* chosen = std::getenv(variable);
  return chosen != nullptr && *chosen != '\0' ? chosen : otherwise;
}

}  // namespace

// -ffp-contract=off: no FMA contraction, which would change results. -fno-trapping-math: nothing reads the
// floating-point exception flags, so both sides of a conditional may be computed; it changes no value.
Toolchain toolchain_for(const std::string& name) {
  const Architecture& architecture = find(name);
  Toolchain chain;
  const bool here = architecture.machine == this_machine;
  chain.variable = here ? "SYNFIRE_CXX" : architecture.machine->variable;
  chain.command = from_environment(chain.variable.c_str(), here ? "c++" : architecture.machine->compiler);
  chain.flags = {"-std=c++20",        host_optimization, std::string("-march=") + architecture.march,
                 "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"};
  if (architecture.machine != nullptr) {
    chain.flags.insert(chain.flags.end(), architecture.machine->flags.begin(), architecture.machine->flags.end());
  }
  chain.flags.insert(chain.flags.end(), {"-fPIC", "-shared", "-w", "-nostdlib"});
  for (std::string& word : jit::words_of_variable("SYNFIRE_CXXFLAGS")) chain.flags.push_back(std::move(word));
  return chain;
}

std::vector<std::string> usual_host_architectures() {
  std::vector<std::string> names;
  for (const Architecture& each : architectures()) {
    const std::string name = each.name;
    if (each.machine == this_machine && name != "native" && name != "x86-64") names.push_back(name);
  }
  return names;
}

}  // namespace synfire::codegen
