// SPDX-License-Identifier: Apache-2.0
// synfire devices: lists the devices of this machine.
#include <nlohmann/json.hpp>

#include "commands/tables.hpp"
#include "synfire/runtime/device.hpp"

namespace synfire::command_line {
namespace {

struct Found {
  std::string name, description, reason;  // `reason`: why the device cannot be used
  std::vector<std::string> architectures = {};
  std::size_t free_bytes = 0;
};

Found look_at(const std::string& name) {
  try {
    const auto device = runtime::open_device(name);
    return {name, device->description(), {}, device->architectures(), device->free_bytes()};
  } catch (const Error& error) {
    return {name, {}, error.problems().front().message};
  }
}

std::string text_of(const Found& device, bool preferred) {
  if (!device.reason.empty()) return device.name + ": " + device.reason + "\n";
  std::string architectures;
  for (const std::string& each : device.architectures) architectures += " " + each;
  return device.name + ": " + device.description + (preferred ? " (the default)" : "") + "\n  runs:" + architectures +
         "\n  free memory: " + readable_bytes(device.free_bytes) + "\n";
}

Json document_of(const Found& device) {
  Json entry = {{"name", device.name}, {"usable", device.reason.empty()}};
  if (!device.reason.empty()) {
    entry["reason"] = device.reason;
    return entry;
  }
  entry["description"] = device.description;
  entry["architectures"] = device.architectures;
  entry["free_bytes"] = device.free_bytes;
  return entry;
}

void devices(const Arguments&, Output& output) {
  const std::string preferred = runtime::default_device();
  Json list = Json::array();
  for (const std::string& name : runtime::device_names()) {
    const Found device = look_at(name);
    output.text(text_of(device, name == preferred));
    list.push_back(document_of(device));
  }
  output.document({{"default", preferred}, {"devices", list}});
}

}  // namespace

Command devices_command() {
  return {
      .name = "devices",
      .summary = "list the devices of this machine",
      .examples = {{"synfire devices", "the host, and the GPUs or why none can be used"}},
      .text = "Lists the devices with the architectures that they run, best first, and their free memory.",
      .operands = {},
      .options = {},
      .run = devices,
  };
}

}  // namespace synfire::command_line
