// SPDX-License-Identifier: Apache-2.0
// The emulated device's global memory, with its shadow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "simt/simt_interface.hpp"

namespace synfire::simt {

class Memory {
 public:
  static constexpr std::size_t alignment = 256;

  // Throws DeviceError (out_of_memory).
  void* allocate(std::size_t bytes, const std::string& what);
  void release(void* memory) noexcept;
  // Records that the host wrote [pointer, pointer + bytes). Throws DeviceError unless it is within one allocation.
  void mark_written(const void* pointer, std::size_t bytes);
  // Throws DeviceError unless [pointer, pointer + bytes) is within one allocation.
  void check(const void* pointer, std::size_t bytes) const;

  // From now on, each allocation may be viewed with another element size.
  void begin_launch();
  // The shadow behind a view. `*mixed` tells whether an earlier view of this launch had another element size.
  Binding bind(const void* pointer, std::size_t element_bytes, bool* mixed);

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept;
  };
  struct Allocation {
    std::unique_ptr<std::byte, Free> data;
    std::size_t bytes = 0;
    std::vector<unsigned char> written;
    std::vector<GlobalWord> words;  // one per element, once viewed
    std::size_t element_bytes = 0;  // of this launch's views; 0: not yet viewed
  };

  Allocation* find(const void* pointer);
  const Allocation* find(const void* pointer) const;

  std::map<const std::byte*, Allocation> allocations_;
};

}  // namespace synfire::simt
