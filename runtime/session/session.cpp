// SPDX-License-Identifier: Apache-2.0
// The handles that users hold; they forward to the session's state.
#include "synfire/session.hpp"

#include "session/session_state.hpp"
#include "synfire/base/live.hpp"
#include "synfire/runtime_model.hpp"

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

runtime::SessionState& Session::state() const { return base::live(state_, "Session"); }

Session::Input Session::input(std::string_view population) { return Input(&state().input(population)); }
Session::Output Session::output(std::string_view population) { return Output(state().readout(population)); }
Session::Spikes Session::spikes(std::string_view population) { return Spikes(&state().recorded_spikes(population)); }
Session::Variable Session::recording(std::string_view population_or_connection, std::string_view variable) {
  return Variable(&state().recorded_variable(population_or_connection, variable));
}

Status Session::advance(std::uint32_t steps) noexcept { return state_ ? state_->advance(steps) : Status::failed; }
std::uint32_t Session::step() const noexcept { return state_ ? state_->step() : 0; }
std::uint32_t Session::most_steps() const noexcept { return state_ ? state_->options().most_steps : 0; }
std::uint32_t Session::horizon() const noexcept { return state_ ? state_->options().horizon : 0; }
std::uint64_t Session::late_spikes() const noexcept { return state_ ? state_->late_spikes() : 0; }
std::uint64_t Session::refused_spikes() const noexcept { return state_ ? state_->refused_spikes() : 0; }
std::string_view Session::failure() const noexcept {
  return state_ ? state_->failure() : "the session was moved from and is empty";
}
void Session::reset() noexcept {
  if (state_) state_->reset();
}
Status Session::restart_readouts() noexcept { return state_ ? state_->restart_readouts() : Status::failed; }
Status Session::use(const Model& model) noexcept {
  return state_ && model.state_ ? state_->use(model.state_) : Status::failed;
}
Snapshot Session::snapshot() const { return state().snapshot(); }
void Session::restore(const Snapshot& snapshot) { state().restore(snapshot); }

}  // namespace synfire
