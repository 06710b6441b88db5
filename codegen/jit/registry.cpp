// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <mutex>

#include "jit/builtin_backends.hpp"
#include "synfire/error.hpp"

namespace synfire::codegen {
namespace {

struct Registry {
  std::mutex mutex;
  // A replaced backend may still be in use, so none is ever destroyed.
  std::vector<std::unique_ptr<Backend>> all;
  std::map<std::string, Backend*> by_name;

  void add(std::unique_ptr<Backend> backend) {
    by_name[backend->name()] = backend.get();
    all.push_back(std::move(backend));
  }
};

Registry& registry() {
  static Registry instance;
  static const bool filled = [] {
    instance.add(make_host_backend());
    instance.add(make_cuda_backend());
    return true;
  }();
  static_cast<void>(filled);
  return instance;
}

}  // namespace

void register_backend(std::unique_ptr<Backend> backend) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  all.add(std::move(backend));
}

const Backend& find_backend(const std::string& name) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto found = all.by_name.find(name);
  if (found != all.by_name.end()) return *found->second;
  std::vector<std::string> known;
  for (const auto& [each, backend] : all.by_name) known.push_back(each);
  throw DeviceError({.kind = ProblemKind::no_device,
                     .path = "device",
                     .message = "unknown backend \"" + name + "\"",
                     .hint = suggest(name, known),
                     .given = name});
}

std::vector<std::string> backend_names() {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  std::vector<std::string> names;
  for (const auto& [name, backend] : all.by_name) names.push_back(name);
  return names;
}

}  // namespace synfire::codegen
