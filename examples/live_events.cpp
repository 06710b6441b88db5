// SPDX-License-Identifier: Apache-2.0
// A network that sees through the network: events arrive in UDP datagrams (event_datagrams.hpp), a session runs as
// their time goes on, and readouts and spikes are printed. It links only synfire::runtime.
//
//   synfire compile examples/descriptions/live_events.json --output live_events.synfire
//   live_events live_events.synfire --port 4000             in one terminal
//   send_events --port 4000 --synthetic 1000                in another
#include <boost/program_options.hpp>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "live_stream.hpp"
#include "udp_socket.hpp"

namespace {

using namespace synfire;
using namespace synfire::examples;

struct Options {
  std::string model, input = "camera", address = "127.0.0.1";
  std::uint16_t port = 0;
  double wait = 0, idle = 2;  // s
  double report = 100;        // ms
  bool check = false;
};

Options parse(int count, char** arguments) {
  namespace po = boost::program_options;
  Options options;
  po::options_description description("live_events MODEL: runs a network on events from UDP. Options");
  auto add = description.add_options();
  add("help", "show this text");
  add("model", po::value(&options.model), "a .synfire file that was compiled for streaming; the only operand");
  add("input", po::value(&options.input), "the population of height × width × polarities (default: camera)");
  add("address", po::value(&options.address), "where to listen (default: 127.0.0.1; anybody who reaches it can send)");
  add("port", po::value(&options.port), "0: any that is free, which is printed (default: 0)");
  add("wait", po::value(&options.wait), "give up if nothing came for so many seconds (default: 0, never)");
  add("idle", po::value(&options.idle), "end if nothing follows for so many seconds (default: 2)");
  add("report", po::value(&options.report), "ms of the stream between two printed lines (default: 100)");
  add("check", po::bool_switch(&options.check), "then evaluate the same spikes offline, and compare all bits");
  po::variables_map values;
  const auto operands = po::positional_options_description().add("model", 1);
  po::store(po::command_line_parser(count, arguments).options(description).positional(operands).run(), values);
  po::notify(values);
  if (values.count("help") == 0 && !options.model.empty()) return options;
  std::cout << description;
  std::exit(values.count("help") != 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

// Prints a line from time to time.
class Report {
 public:
  Report(const contract::Manifest& manifest, double interval) : manifest_(manifest), interval_(interval) {}

  void after_step(LiveStream& stream) {
    const double time = stream.session().step() * manifest_.dt;
    if (time < next_) return;
    next_ = time + interval_;
    print(stream);
  }
  void print(LiveStream& stream) const {
    std::printf("%8.0f ms  %6llu spikes", stream.session().step() * manifest_.dt,
                static_cast<unsigned long long>(stream.counts().spikes));
    for (const contract::PopulationInfo& each : manifest_.populations) {
      if (each.readout.empty()) continue;
      std::printf("  %s", each.name.c_str());
      for (const float value : stream.session().output(each.name).readout())
        std::printf(" %.4g", static_cast<double>(value));
    }
    std::printf("\n");
    std::fflush(stdout);
  }

 private:
  const contract::Manifest& manifest_;
  double interval_, next_ = 0;
};

void print_counts(LiveStream& stream) {
  const auto line = [](const char* what, std::uint64_t count) {
    std::printf("%-22s %llu\n", what, static_cast<unsigned long long>(count));
  };
  line("datagrams", stream.counts().datagrams);
  line("lost", stream.arrivals().lost());
  line("overtaken", stream.arrivals().overtaken());
  line("repeated", stream.arrivals().repeated());
  line("malformed", stream.counts().malformed);
  line("of other streams", stream.counts().foreign);
  line("events", stream.counts().events);
  line("outside the sensor", stream.counts().outside);
  line("late", stream.session().late_spikes());
  line("refused", stream.session().refused_spikes());
}

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

// Returns whether the sender said that this is all.
bool receive(const Options& options, UdpSocket& socket, LiveStream& stream, Report& report) {
  // One byte more, which tells datagrams that are too long.
  std::vector<std::byte> buffer(largest_datagram + 1);
  const std::chrono::milliseconds first = options.wait > 0 ? milliseconds(options.wait) : std::chrono::hours(24 * 365);
  const auto observer = [&] { report.after_step(stream); };
  for (bool has_begun = false;;) {
    const auto length = socket.receive(buffer, has_begun ? milliseconds(options.idle) : first);
    if (!length) return false;
    if (stream.accept(std::span(buffer).first(*length), observer)) return true;
    has_begun = has_begun || stream.arrivals().arrived() != 0;
  }
}

int run(const Options& options) {
  const Model model = Model::load(options.model, {.device = "host"});
  LiveStream stream(model, options.input, options.check);
  UdpSocket socket = UdpSocket::listening(options.address, options.port);
  std::printf("listening on %s:%u\n", options.address.c_str(), socket.port());
  std::fflush(stdout);
  Report report(model.manifest(), options.report);
  if (!receive(options, socket, stream, report)) std::printf("nothing more came\n");
  report.print(stream);
  print_counts(stream);
  if (!options.check) return EXIT_SUCCESS;
  CompiledNetwork network = CompiledNetwork::load(options.model, {.device = "host"});
  const std::size_t different = stream.differences(network);
  std::printf("%-22s %zu values of readouts and spikes differ\n", "offline", different);
  return different == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(parse(count, arguments));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "live_events: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
