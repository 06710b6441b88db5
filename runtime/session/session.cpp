// SPDX-License-Identifier: Apache-2.0
// The handles that users hold; they forward to the session's state.
#include "synfire/session.hpp"

#include "session/session_state.hpp"

namespace synfire {

const char* to_string(Status status) noexcept {
  switch (status) {
    case Status::ok: return "ok";
    case Status::late: return "late";
    case Status::beyond_horizon: return "beyond_horizon";
    case Status::overflow: return "overflow";
    case Status::invalid_neuron: return "invalid_neuron";
    case Status::wrong_input: return "wrong_input";
    case Status::wrong_size: return "wrong_size";
    case Status::not_finite: return "not_finite";
    case Status::too_many_steps: return "too_many_steps";
    case Status::finished: return "finished";
    case Status::unsupported: return "unsupported";
    case Status::failed: return "failed";
  }
  return "unknown";
}

std::uint32_t Snapshot::step() const noexcept { return content_ ? content_->step : 0; }

bool Snapshot::operator==(const Snapshot& other) const {
  if (content_ == other.content_) return true;
  return content_ && other.content_ && *content_ == *other.content_;
}

Status Session::Input::push(std::span<const Spike> spikes) noexcept {
  return channel_->session->push(*channel_, spikes);
}
Status Session::Input::set(std::span<const float> values) noexcept { return channel_->session->set(*channel_, values); }
std::size_t Session::Input::neurons() const noexcept { return channel_->neurons; }

std::span<const RecordedSpike> Session::Spikes::read() const noexcept {
  return channel_->session->spikes_of(*channel_);
}

std::span<const float> Session::Variable::read() const noexcept { return channel_->session->values_of(*channel_); }
std::size_t Session::Variable::elements() const noexcept { return channel_->elements; }

Session::Session(std::unique_ptr<runtime::SessionState> state) : state_(std::move(state)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Session::Input Session::input(std::string_view population) { return Input(&state_->input(population)); }
Session::Output Session::output(std::string_view population) { return Output(state_->readout(population)); }
Session::Spikes Session::spikes(std::string_view population) { return Spikes(&state_->recorded_spikes(population)); }
Session::Variable Session::recording(std::string_view population_or_connection, std::string_view variable) {
  return Variable(&state_->recorded_variable(population_or_connection, variable));
}

Status Session::advance(std::uint32_t steps) noexcept { return state_->advance(steps); }
std::uint32_t Session::step() const noexcept { return state_->step(); }
std::uint32_t Session::most_steps() const noexcept { return state_->options().most_steps; }
std::uint32_t Session::horizon() const noexcept { return state_->options().horizon; }
std::uint64_t Session::late_spikes() const noexcept { return state_->late_spikes(); }
std::uint64_t Session::refused_spikes() const noexcept { return state_->refused_spikes(); }
std::string_view Session::failure() const noexcept { return state_->failure(); }
void Session::reset() noexcept { state_->reset(); }
Status Session::restart_readouts() noexcept { return state_->restart_readouts(); }
Snapshot Session::snapshot() const { return state_->snapshot(); }
void Session::restore(const Snapshot& snapshot) { state_->restore(snapshot); }

}  // namespace synfire
