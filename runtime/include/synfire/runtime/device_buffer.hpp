// SPDX-License-Identifier: Apache-2.0
// An owner of device memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

#include "synfire/runtime/device.hpp"

namespace synfire::runtime {

// Memory of a fixed size on a device, which it keeps alive. Movable, not copyable; released when destroyed. A buffer of
// 0 bytes owns nothing and has a null address.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  // Uninitialized memory; `what` names it in messages. Throws DeviceError (out_of_memory).
  DeviceBuffer(std::shared_ptr<Device> device, std::size_t bytes, std::string what);
  ~DeviceBuffer();
  DeviceBuffer(DeviceBuffer&& other) noexcept;
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept;

  void* data() const noexcept { return data_; }
  std::size_t bytes() const noexcept { return bytes_; }
  const std::string& what() const noexcept { return what_; }

  // Copy between `values` and the memory starting at byte `offset`. Throw DataError (wrong_data_size) unless they fit.
  template <class T>
  void copy_from(std::span<const T> values, std::size_t offset = 0) {
    static_assert(std::is_trivially_copyable_v<T>);
    write(values.data(), values.size_bytes(), offset);
  }
  template <class T>
  void copy_to(std::span<T> values, std::size_t offset = 0) const {
    static_assert(std::is_trivially_copyable_v<T>);
    read(values.data(), values.size_bytes(), offset);
  }
  void fill_zero();

 private:
  void write(const void* values, std::size_t bytes, std::size_t offset);
  void read(void* values, std::size_t bytes, std::size_t offset) const;
  void check_range(std::size_t bytes, std::size_t offset) const;
  void release() noexcept;

  std::shared_ptr<Device> device_;
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::string what_;
};

}  // namespace synfire::runtime
