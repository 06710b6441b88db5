// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <mutex>

#include "device/builtin.hpp"
#include "device/messages.hpp"
#include "synfire/error.hpp"
#include "synfire/runtime/device.hpp"
#include "synfire/warning.hpp"

namespace synfire::runtime {
namespace {

class Registry {
 public:
  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  void add(const std::string& name, DeviceKind kind) {
    const std::scoped_lock lock(mutex_);
    kinds_.insert_or_assign(name, std::move(kind));
  }

  // Copies, so the callbacks of a kind run without the lock: they may take long or use the registry.
  std::map<std::string, DeviceKind> kinds() const {
    const std::scoped_lock lock(mutex_);
    return kinds_;
  }

 private:
  Registry() : kinds_{{"host", host_device_kind()}, {"cuda", cuda_device_kind()}} {}

  mutable std::mutex mutex_;
  std::map<std::string, DeviceKind> kinds_;
};

bool is_available(const DeviceKind& kind, std::string* reason = nullptr) {
  std::string ignored;
  return kind.available(reason != nullptr ? reason : &ignored);
}

}  // namespace

void register_device(const std::string& name, DeviceFactory create,
                     std::function<bool(std::string* reason)> available) {
  Registry::instance().add(name, {std::move(create), std::move(available)});
}

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  for (const auto& [name, kind] : Registry::instance().kinds()) names.push_back(name);
  return names;
}

std::vector<std::string> available_devices() {
  std::vector<std::string> names;
  for (const auto& [name, kind] : Registry::instance().kinds()) {
    if (is_available(kind)) names.push_back(name);
  }
  return names;
}

std::string default_device() {
  const DeviceKind cuda = Registry::instance().kinds().at("cuda");
  std::string reason;
  if (is_available(cuda, &reason)) return "cuda";
  if (cuda.is_broken && cuda.is_broken()) {
    static std::once_flag once;
    std::call_once(once, [&] {
      deliver(make_warning({.kind = ProblemKind::unusable_device,
                            .path = device_path("cuda"),
                            .message = "the GPU cannot be used, host is used instead: " + reason}));
    });
  }
  return "host";
}

std::unique_ptr<Device> open_device(const std::string& name, const DeviceOptions& options) {
  const auto kinds = Registry::instance().kinds();
  const auto kind = kinds.find(name);
  if (kind == kinds.end()) {
    throw DeviceError({.kind = ProblemKind::unknown_name,
                       .path = device_path(name),
                       .message = "unknown device",
                       .hint = suggest(name, device_names()),
                       .given = name});
  }
  std::string reason;
  if (!is_available(kind->second, &reason)) {
    throw DeviceError({.kind = ProblemKind::no_device,
                       .path = device_path(name),
                       .message = "the device cannot be used here: " + reason});
  }
  return kind->second.create(options);
}

}  // namespace synfire::runtime
