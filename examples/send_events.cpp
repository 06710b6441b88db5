// SPDX-License-Identifier: Apache-2.0
// Sends events to examples/live_events in UDP datagrams (event_datagrams.hpp): a recording, or a bar that moves over a
// sensor of 16×16 pixels. It can also send what a bad network makes of it.
//
//   send_events --port 4000 --file tests/data/files/nmnist.bin
//   send_events --port 4000 --synthetic 1000 --drop 10
#include <algorithm>
#include <boost/program_options.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <synfire/synfire.hpp>
#include <thread>

#include "event_datagrams.hpp"
#include "udp_socket.hpp"

namespace {

using namespace synfire;
using namespace synfire::examples;

constexpr std::uint16_t synthetic_size = 16;            // pixels
constexpr std::int64_t longest_synthetic = 86'400'000;  // ms

struct Options {
  std::string address = "127.0.0.1", file;
  std::uint16_t port = 0;
  std::int64_t synthetic = 0;  // ms
  double speed = 1;
  std::uint32_t interval = 5;  // ms
  std::uint32_t drop = 0, swap = 0, repeat = 0, garbage = 0;
  std::optional<std::uint32_t> seed;
};

Options parse(int count, char** arguments) {
  namespace po = boost::program_options;
  Options options;
  po::options_description description("send_events: sends events in UDP datagrams. Options");
  auto add = description.add_options();
  add("help", "show this text");
  add("address", po::value(&options.address), "where to (default: 127.0.0.1)");
  add("port", po::value(&options.port), "that live_events printed");
  add("file", po::value(&options.file), "a recording of an event camera (docs/events.md)");
  add("synthetic", po::value(&options.synthetic), "instead, ms of a bar that moves");
  add("speed", po::value(&options.speed), "1: as fast as it was recorded; 0: without pauses (default: 1)");
  add("interval", po::value(&options.interval), "ms of the events in one datagram (default: 5)");
  add("drop", po::value(&options.drop), "do not send each N-th datagram (default: 0, send all)");
  add("swap", po::value(&options.swap), "send each N-th datagram after the next one (default: 0, never)");
  add("repeat", po::value(&options.repeat), "send each N-th datagram twice (default: 0, never)");
  add("garbage", po::value(&options.garbage), "also send N datagrams that are damaged (default: 0)");
  std::uint32_t seed = 0;
  add("seed", po::value(&seed), "of the bar, of damage and of the number of the stream (default: 1, any stream)");
  po::variables_map values;
  po::store(po::command_line_parser(count, arguments).options(description).run(), values);
  po::notify(values);
  if (values.count("help") != 0) {
    std::cout << description;
    std::exit(EXIT_SUCCESS);
  }
  if (values.count("seed") != 0) options.seed = seed;
  if (options.port == 0) throw std::invalid_argument("--port is missing");
  if (options.file.empty() == (options.synthetic <= 0) || options.synthetic > longest_synthetic)
    throw std::invalid_argument("give either --file or --synthetic, at most a day");
  if (options.interval == 0 || options.interval > 1000) throw std::invalid_argument("--interval is not 1 to 1000 ms");
  return options;
}

// A bar that crosses the sensor in 200 ms: each pixel that it reaches is on, and one that it left off, at any time of
// this ms.
Events moving_bar(std::int64_t milliseconds, std::mt19937& random) {
  Events events{.sensor = {synthetic_size, synthetic_size}};
  for (std::int64_t ms = 0; ms < milliseconds; ++ms) {
    const auto column = static_cast<std::uint16_t>(ms * synthetic_size / 200 % synthetic_size);
    for (int i = 0; i < 4; ++i) {
      const bool on = i % 2 == 0;
      events.times.push_back(ms * 1000 + 250 * i + static_cast<std::int64_t>(random() % 250));
      events.x.push_back(on ? column : static_cast<std::uint16_t>((column + synthetic_size - 1) % synthetic_size));
      events.y.push_back(static_cast<std::uint16_t>(random() % synthetic_size));
      events.polarity.push_back(on ? 1 : 0);
    }
  }
  return events;
}

Events events_of(const Options& options, std::mt19937& random) {
  if (options.file.empty()) return moving_bar(options.synthetic, random);
  Events events = read_events(options.file, format_of_events(options.file));
  if (events.size() != 0 && events.times.front() < 0) throw std::invalid_argument("the recording begins before time 0");
  return events;
}

// A datagram for each interval that has events, more if they are many, and one at the end.
std::vector<Datagram> datagrams_of(const Events& events, const Options& options, std::uint32_t stream) {
  std::vector<Datagram> all;
  const std::int64_t interval = std::int64_t{options.interval} * 1000;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const std::int64_t begin = events.times[i] / interval * interval;
    // What follows has all its events at the time of this one or later.
    const bool is_new = all.empty() || static_cast<std::int64_t>(all.back().time) < begin;
    if (is_new || all.back().events.size() == most_datagram_events)
      all.push_back({.stream = stream, .time = static_cast<std::uint64_t>(is_new ? begin : events.times[i])});
    all.back().events.push_back(
        {.after = static_cast<std::uint32_t>(events.times[i] - static_cast<std::int64_t>(all.back().time)),
         .x = events.x[i],
         .y = events.y[i],
         .on = events.polarity[i] != 0});
  }
  const std::int64_t end = events.size() == 0 ? 0 : (events.times.back() / interval + 1) * interval;
  all.push_back({.last = true, .stream = stream, .time = static_cast<std::uint64_t>(end)});
  for (std::size_t i = 0; i < all.size(); ++i) all[i].number = static_cast<std::uint32_t>(i);
  return all;
}

bool is_nth(std::size_t i, std::uint32_t n) { return n != 0 && i % n == n - 1; }

// What arrives over a bad network, but for the last datagram.
std::vector<Datagram> mistreated(const std::vector<Datagram>& all, const Options& options) {
  std::vector<Datagram> sent;
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    if (is_nth(i, options.drop)) continue;
    sent.push_back(all[i]);
    if (is_nth(i, options.repeat)) sent.push_back(all[i]);
  }
  for (std::size_t i = 0; options.swap != 0 && i + 1 < sent.size(); ++i) {
    if (is_nth(i, options.swap)) std::swap(sent[i], sent[i + 1]);
  }
  sent.push_back(all.back());
  return sent;
}

void send_garbage(UdpSocket& socket, const Datagram& whole, std::uint32_t count, std::mt19937& random) {
  for (std::uint32_t i = 0; i < count; ++i) {
    std::vector<std::byte> bytes = encode_datagram(whole);
    if (i % 2 == 0) bytes.resize(random() % bytes.size());   // cut off
    if (i % 2 == 1) bytes[random() % 5] ^= std::byte{0x55};  // of another format or version
    socket.send(bytes);
  }
}

void send(const Options& options) {
  std::mt19937 random(options.seed.value_or(1));
  const Events events = events_of(options, random);
  const auto drawn = static_cast<std::uint32_t>(random());
  const std::uint32_t stream = options.seed ? drawn : std::random_device{}();
  const std::vector<Datagram> all = datagrams_of(events, options, stream);
  UdpSocket socket = UdpSocket::sending(options.address, options.port);
  const auto start = std::chrono::steady_clock::now();
  send_garbage(socket, all.front(), options.garbage, random);
  std::size_t sent = 0;
  for (const Datagram& datagram : mistreated(all, options)) {
    // An interval is sent when it is over.
    const double due = static_cast<double>(datagram.time) / 1000 + options.interval;
    if (options.speed > 0)
      std::this_thread::sleep_until(start +
                                    std::chrono::microseconds(static_cast<std::int64_t>(1000 * due / options.speed)));
    socket.send(encode_datagram(datagram));
    ++sent;
  }
  std::printf("%zu events in %zu datagrams, %zu sent\n", events.size(), all.size(), sent);
}

}  // namespace

int main(int count, char** arguments) {
  try {
    send(parse(count, arguments));
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "send_events: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
