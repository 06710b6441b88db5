// SPDX-License-Identifier: Apache-2.0
// For programs that a signal ends: removes temporary files and ends child processes.
#pragma once

#include <functional>
#include <list>

namespace synfire::base {

// While alive, makes abandon() call `undo`, on whatever thread calls abandon().
class OnAbandon {
 public:
  explicit OnAbandon(std::function<void()> undo);
  // Calls `begin` and registers `undo`; abandon() cannot come in between. What `begin` throws passes through; `undo` is
  // not registered then.
  OnAbandon(const std::function<void()>& begin, std::function<void()> undo);
  ~OnAbandon();
  OnAbandon(const OnAbandon&) = delete;
  OnAbandon& operator=(const OnAbandon&) = delete;

 private:
  std::list<std::function<void()>>::iterator place_;
};

// Calls `work`; abandon() can come before or after, but not in between. `work` must not create or destroy an OnAbandon.
void uninterrupted(const std::function<void()>& work);

// Undoes everything in progress, latest first. The process must end afterward: any thread that creates or destroys an
// OnAbandon blocks until it does.
void abandon() noexcept;

}  // namespace synfire::base
