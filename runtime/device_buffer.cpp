// SPDX-License-Identifier: Apache-2.0
#include "synfire/runtime/device_buffer.hpp"

#include <utility>

#include "synfire/error.hpp"

namespace synfire::runtime {

DeviceBuffer::DeviceBuffer(std::shared_ptr<Device> device, std::size_t bytes, std::string what)
    : device_(std::move(device)), bytes_(bytes), what_(std::move(what)) {
  if (bytes_ != 0) data_ = device_->allocate(bytes_, what_);
}

DeviceBuffer::~DeviceBuffer() { release(); }

DeviceBuffer::DeviceBuffer(DeviceBuffer&& other) noexcept
    : device_(std::move(other.device_)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      what_(std::move(other.what_)) {}

DeviceBuffer& DeviceBuffer::operator=(DeviceBuffer&& other) noexcept {
  if (this == &other) return *this;
  release();
  device_ = std::move(other.device_);
  data_ = std::exchange(other.data_, nullptr);
  bytes_ = std::exchange(other.bytes_, 0);
  what_ = std::move(other.what_);
  return *this;
}

void DeviceBuffer::fill_zero() {
  if (bytes_ != 0) device_->fill_zero(data_, bytes_);
}

void DeviceBuffer::write(const void* values, std::size_t bytes, std::size_t offset) {
  check_range(bytes, offset);
  if (bytes != 0) device_->copy_to_device(static_cast<std::byte*>(data_) + offset, values, bytes);
}

void DeviceBuffer::read(void* values, std::size_t bytes, std::size_t offset) const {
  check_range(bytes, offset);
  if (bytes != 0) device_->copy_to_host(values, static_cast<const std::byte*>(data_) + offset, bytes);
}

void DeviceBuffer::check_range(std::size_t bytes, std::size_t offset) const {
  if (offset <= bytes_ && bytes <= bytes_ - offset) return;
  throw DataError({.kind = ProblemKind::wrong_data_size,
                   .path = what_,
                   .message = "a copy exceeds the buffer",
                   .expected = "at most " + std::to_string(bytes_) + " bytes",
                   .given = std::to_string(bytes) + " bytes at offset " + std::to_string(offset)});
}

void DeviceBuffer::release() noexcept {
  if (data_ != nullptr) device_->release(data_);
  data_ = nullptr;
}

}  // namespace synfire::runtime
