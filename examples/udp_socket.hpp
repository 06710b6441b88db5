// SPDX-License-Identifier: Apache-2.0
// UDP over IPv4, with the sockets of POSIX.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace synfire::examples {

// Everything throws std::runtime_error with the address and the reason. `address`: numbers, such as "127.0.0.1".
class UdpSocket {
 public:
  // For datagrams to this address; port 0: any that is free.
  static UdpSocket listening(const std::string& address, std::uint16_t port);
  // For datagrams from here to there.
  static UdpSocket sending(const std::string& address, std::uint16_t port);

  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&&) = delete;
  ~UdpSocket();

  std::uint16_t port() const;
  void send(std::span<const std::byte> bytes);
  // Waits for a datagram and returns its length; one that is longer than `into` is cut, and has the length of `into`.
  // Nothing if none comes in time.
  std::optional<std::size_t> receive(std::span<std::byte> into, std::chrono::milliseconds timeout);

 private:
  UdpSocket(int file, std::string name) : file_(file), name_(std::move(name)) {}

  int file_ = -1;
  std::string name_;
};

}  // namespace synfire::examples
