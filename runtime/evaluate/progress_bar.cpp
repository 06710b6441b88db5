// SPDX-License-Identifier: Apache-2.0
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "synfire/base/live.hpp"
#include "synfire/callbacks.hpp"

namespace synfire {
namespace {

using base::live;

constexpr double redraw_seconds = 0.1;  // on a terminal
constexpr double line_seconds = 10;     // elsewhere
constexpr unsigned usual_width = 80;
constexpr const char* green = "\x1b[32m";
constexpr const char* plain = "\x1b[0m";
constexpr const char* erase_line = "\r\x1b[K";

double machine_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

unsigned terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual_width;
}

bool wants_color() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

template <class... Values>
std::string format(const char* pattern, Values... values) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), pattern, values...);
  return text.data();
}

// 05:12, or 1:05:12.
std::string clock_time(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto whole = std::llround(seconds);
  if (whole < 3600) return format("%02lld:%02lld", whole / 60, whole % 60);
  return format("%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string rate_text(double rate) {
  if (!std::isfinite(rate) || rate <= 0) return "? batches/s";
  return rate >= 1 ? format("%.1f batches/s", rate) : format("%.1f s/batch", 1 / rate);
}

}  // namespace

struct ProgressBar::State {
  Options options;
  bool terminal = false, color = false;
  std::size_t batches = 0, done = 0;
  std::size_t before = 0;  // batches of the epoch that ran before it was resumed
  std::string title = {};  // of the epoch, in training
  TrainInfo training = {};
  double started = 0, drawn = 0;
  bool open_line = false;  // the line of the bar has not ended
  MetricValues metrics = {};

  std::string numbers(double now) const {
    const double elapsed = now - started;
    const double rate = elapsed > 0 ? static_cast<double>(done - before) / elapsed : 0.0;
    const double left = rate > 0 ? static_cast<double>(batches - done) / rate : INFINITY;
    std::string text = title + format("%zu/%zu [%s<%s, %s", done, batches, clock_time(elapsed).c_str(),
                                      clock_time(done == batches ? 0 : left).c_str(), rate_text(rate).c_str());
    for (const MetricValue& metric : metrics) text += ", " + metric.metric + ": " + format("%.4f", metric.value);
    return text + "]";
  }

  std::string bar(double now) const {
    const double part = batches > 0 ? static_cast<double>(done) / static_cast<double>(batches) : 1.0;
    const std::string percent = format("%3.0f%%", 100 * part);
    const std::string text = numbers(now);
    const std::size_t taken = percent.size() + text.size() + 4;
    const std::size_t room = options.width > taken + 5 ? options.width - taken : 0;
    if (room == 0) return percent + " " + text;
    const auto full = static_cast<std::size_t>(part * static_cast<double>(room));
    return percent + "|" + (color ? green : "") + std::string(full, '#') + (color ? plain : "") +
           std::string(room - full, ' ') + "| " + text;
  }

  void draw(bool last) {
    const double now = options.seconds();
    if (!last && now - drawn < (terminal ? redraw_seconds : line_seconds)) return;
    drawn = now;
    if (!terminal) return options.write(numbers(now) + "\n");
    options.write(erase_line + bar(now) + (last ? "\n" : ""));
    open_line = !last;
  }

  void begin(std::size_t of_batches) {
    leave_line();
    batches = of_batches;
    done = before = 0;
    metrics.clear();
    started = drawn = options.seconds();
  }

  void leave_line() {
    if (open_line) options.write("\n");
    open_line = false;
  }
};

ProgressBar::ProgressBar(Options options) : state_(new State{.options = std::move(options)}) {
  State& state = *state_;
  if (!state.options.write) state.options.write = [](const std::string& text) { std::cerr << text << std::flush; };
  if (!state.options.seconds) state.options.seconds = machine_seconds;
  state.terminal = state.options.terminal.value_or(::isatty(STDERR_FILENO) != 0);
  state.color = state.terminal && wants_color();
  if (state.options.width == 0) state.options.width = terminal_width();
}

// A run that failed leaves its bar: the next output begins on a line of its own.
ProgressBar::~ProgressBar() {
  if (state_) state_->leave_line();
}

ProgressBar::ProgressBar(ProgressBar&& other) noexcept = default;

void ProgressBar::on_train_begin(const TrainInfo& training) { live(state_, "ProgressBar").training = training; }

void ProgressBar::on_train_end() {
  State& state = live(state_, "ProgressBar");
  state.leave_line();
  state.title.clear();
}

void ProgressBar::on_epoch_begin(std::uint32_t epoch) {
  State& state = live(state_, "ProgressBar");
  const TrainInfo& training = state.training;
  state.title = format("epoch %u of %u: ", epoch, training.epochs);
  state.begin(training.batches);
  if (epoch == training.epoch) state.done = state.before = training.batch;
}

void ProgressBar::on_test_begin(const RunInfo& run) {
  State& state = live(state_, "ProgressBar");
  if (!state.title.empty()) state.title = "validation ";
  state.begin(run.batches);
}

void ProgressBar::on_batch_begin(std::size_t batch) {
  State& state = live(state_, "ProgressBar");
  if (batch == state.before && state.terminal) {
    state.drawn = -INFINITY;
    state.draw(false);
  }
}

void ProgressBar::on_batch_end(std::size_t batch, const MetricValues& metrics) {
  State& state = live(state_, "ProgressBar");
  state.done = batch + 1;
  state.metrics = metrics;
  state.draw(state.done == state.batches);
}

// A run can end before its last batch.
void ProgressBar::on_test_end(const MetricValues& metrics) {
  State& state = live(state_, "ProgressBar");
  state.metrics = metrics;
  if (state.done != state.batches) state.draw(true);
}

}  // namespace synfire
