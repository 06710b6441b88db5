// SPDX-License-Identifier: Apache-2.0
#include "synfire/base/abandon.hpp"

#include <mutex>
#include <utility>

namespace synfire::base {
namespace {

using Undos = std::list<std::function<void()>>;

// Never destroyed: threads may use them while the process exits.
std::mutex& mutex() {
  static auto* const instance = new std::mutex;
  return *instance;
}

Undos& undos() {
  static auto* const instance = new Undos;
  return *instance;
}

}  // namespace

OnAbandon::OnAbandon(std::function<void()> undo) : OnAbandon([] {}, std::move(undo)) {}

OnAbandon::OnAbandon(const std::function<void()>& begin, std::function<void()> undo) {
  const std::scoped_lock lock(mutex());
  begin();
  place_ = undos().insert(undos().end(), std::move(undo));
}

OnAbandon::~OnAbandon() {
  const std::scoped_lock lock(mutex());
  undos().erase(place_);
}

void uninterrupted(const std::function<void()>& work) {
  const std::scoped_lock lock(mutex());
  work();
}

void abandon() noexcept {
  mutex().lock();  // never unlocked
  for (auto undo = undos().rbegin(); undo != undos().rend(); ++undo) {
    try {
      (*undo)();
    } catch (...) {  // run the remaining ones all the same
    }
  }
}

}  // namespace synfire::base
