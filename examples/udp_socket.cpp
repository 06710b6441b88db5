// SPDX-License-Identifier: Apache-2.0
#include "udp_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace synfire::examples {
namespace {

[[noreturn]] void fail(const std::string& name, const std::string& what) {
  throw std::runtime_error(name + ": " + what + ": " + std::generic_category().message(errno));
}

sockaddr_in address_of(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  if (inet_pton(AF_INET, address.c_str(), &result.sin_addr) != 1)
    throw std::runtime_error("\"" + address + "\" is not an IPv4 address, such as 127.0.0.1");
  return result;
}

}  // namespace

UdpSocket UdpSocket::listening(const std::string& address, std::uint16_t port) {
  const sockaddr_in place = address_of(address, port);
  UdpSocket made(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), address + ":" + std::to_string(port));
  if (made.file_ < 0) fail(made.name_, "no socket");
  // What arrives while the network runs waits here; the system may give less.
  const int room = 4 << 20;
  ::setsockopt(made.file_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  if (::bind(made.file_, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
    fail(made.name_, "cannot be listened to");
  return made;
}

UdpSocket UdpSocket::sending(const std::string& address, std::uint16_t port) {
  const sockaddr_in place = address_of(address, port);
  UdpSocket made(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), address + ":" + std::to_string(port));
  if (made.file_ < 0) fail(made.name_, "no socket");
  if (::connect(made.file_, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0)
    fail(made.name_, "cannot be sent to");
  return made;
}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : file_(std::exchange(other.file_, -1)), name_(std::move(other.name_)) {}

UdpSocket::~UdpSocket() {
  if (file_ >= 0) ::close(file_);
}

std::uint16_t UdpSocket::port() const {
  sockaddr_in place{};
  socklen_t size = sizeof place;
  if (::getsockname(file_, reinterpret_cast<sockaddr*>(&place), &size) != 0) fail(name_, "its port is unknown");
  return ntohs(place.sin_port);
}

void UdpSocket::send(std::span<const std::byte> bytes) {
  while (::send(file_, bytes.data(), bytes.size(), 0) < 0) {
    if (errno != EINTR) fail(name_, "cannot be sent to");
  }
}

std::optional<std::size_t> UdpSocket::receive(std::span<std::byte> into, std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    const auto wait = std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max());
    pollfd waiting{.fd = file_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(wait));
    if (ready == 0) return std::nullopt;
    if (ready > 0) {
      const ssize_t got = ::recv(file_, into.data(), into.size(), 0);
      if (got >= 0) return static_cast<std::size_t>(got);
    }
    if (errno != EINTR && errno != EAGAIN) fail(name_, "nothing can be received");
  }
}

}  // namespace synfire::examples
