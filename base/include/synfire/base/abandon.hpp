// SPDX-License-Identifier: Apache-2.0
// For programs that a signal ends: temporary files and child processes are not left behind.
#pragma once

#include <functional>
#include <list>

namespace synfire::base {

// While it lives, abandon() calls `undo`, on whatever thread calls that.
class OnAbandon {
 public:
  explicit OnAbandon(std::function<void()> undo);
  // Calls `begin` where abandon() cannot come between it and the promise to undo it. What `begin` throws passes through; nothing
  // is undone then.
  OnAbandon(const std::function<void()>& begin, std::function<void()> undo);
  ~OnAbandon();
  OnAbandon(const OnAbandon&) = delete;
  OnAbandon& operator=(const OnAbandon&) = delete;

 private:
  std::list<std::function<void()>>::iterator place_;
};

// Calls `work` where abandon() can come before it or after it, but not in between. `work` makes and destroys no OnAbandon.
void uninterrupted(const std::function<void()>& work);

// Undoes all that is under way, the latest first. The process must end then: any thread that makes or destroys an OnAbandon
// waits for that.
void abandon() noexcept;

}  // namespace synfire::base
