// SPDX-License-Identifier: Apache-2.0
// The views of kernels/device/view.cuh for simt: each access is checked against a shadow of its element.
#pragma once

#include "simt/simt_interface.hpp"

namespace synfire::device {
namespace simt {

using ::synfire::simt::Access;
using ::synfire::simt::AccessFault;
using ::synfire::simt::epoch_of;
using ::synfire::simt::GlobalWord;
using ::synfire::simt::same_thread;
using ::synfire::simt::same_warp;
using ::synfire::simt::SharedWord;
using ::synfire::simt::Stamp;

template <class T>
struct without_const {
  using type = T;
};
template <class T>
struct without_const<const T> {
  using type = T;
};

// Out of line, to keep accesses small.
[[gnu::noinline, gnu::cold]] static void report(AccessFault fault, const Access& access, Stamp other = 0,
                                                bool other_write = false) {
  hooks.report(hooks.emulator, fault, access, other, other_write);
}

// Whether a stamp is another thread's, without a common barrier since.
SYNFIRE_FUNCTION bool conflicts(Stamp other, Stamp now) {
  if (epoch_of(other) < hooks.state->barrier_epoch || same_thread(other, now)) return false;
  return !same_warp(other, now) || epoch_of(other) >= hooks.state->warp_epoch;
}

// Whether a stamp is an earlier block's of the same launch. Blocks run one after the other, so no later
// block's exists.
SYNFIRE_FUNCTION bool from_other_block(Stamp other) {
  return epoch_of(other) - hooks.state->launch_epoch < hooks.state->block_epoch - hooks.state->launch_epoch;
}

// Keeps readers of two warps if there are any, else the last two of the warp's last epoch.
SYNFIRE_FUNCTION void note_read(SharedWord& word, Stamp now, int line) {
  const Stamp stamp = now | static_cast<u32>(line);
  const u32 barrier_epoch = hooks.state->barrier_epoch;
  if (epoch_of(word.read) < barrier_epoch || same_thread(word.read, now)) {
    word.read = stamp;
  } else if (!same_warp(word.read, now)) {
    word.other_read = stamp;
  } else if (epoch_of(word.read) < hooks.state->warp_epoch) {
    word.read = stamp;
  } else if (epoch_of(word.other_read) < barrier_epoch || same_warp(word.other_read, now)) {
    word.other_read = stamp;
  }
}

SYNFIRE_FUNCTION void check_read(SharedWord& word, const Access& access) {
  const Stamp now = hooks.state->now;
  if (conflicts(word.write, now)) [[unlikely]] {
    report(AccessFault::race, access, word.write, true);
  }
  note_read(word, now, access.line);
}

SYNFIRE_FUNCTION void check_write(SharedWord& word, const Access& access) {
  const Stamp now = hooks.state->now;
  if (conflicts(word.write, now)) [[unlikely]] {
    report(AccessFault::race, access, word.write, true);
  } else if (conflicts(word.read, now)) [[unlikely]] {
    report(AccessFault::race, access, word.read, false);
  } else if (conflicts(word.other_read, now)) [[unlikely]] {
    report(AccessFault::race, access, word.other_read, false);
  }
  word.write = now | static_cast<u32>(access.line);
}

// The result of a view's operator(): conversion reads, assignment writes.
template <class View>
class Element {
 public:
  using Value = typename View::Value;

  SYNFIRE_MEMBER Element(const View& view, u64 index, int line, const char* file)
      : view_(view), index_(index), line_(line), file_(file) {}

  SYNFIRE_MEMBER operator Value() const { return view_.read(access(false)); }

  SYNFIRE_MEMBER const Element& operator=(Value value) const {
    view_.write(access(true), value);
    return *this;
  }
  SYNFIRE_MEMBER const Element& operator=(const Element& other) const { return *this = Value(other); }

  SYNFIRE_MEMBER const Element& operator+=(Value x) const { return *this = static_cast<Value>(Value(*this) + x); }
  SYNFIRE_MEMBER const Element& operator-=(Value x) const { return *this = static_cast<Value>(Value(*this) - x); }
  SYNFIRE_MEMBER const Element& operator*=(Value x) const { return *this = static_cast<Value>(Value(*this) * x); }
  SYNFIRE_MEMBER const Element& operator/=(Value x) const { return *this = static_cast<Value>(Value(*this) / x); }
  SYNFIRE_MEMBER const Element& operator&=(Value x) const { return *this = static_cast<Value>(Value(*this) & x); }
  SYNFIRE_MEMBER const Element& operator|=(Value x) const { return *this = static_cast<Value>(Value(*this) | x); }
  SYNFIRE_MEMBER const Element& operator^=(Value x) const { return *this = static_cast<Value>(Value(*this) ^ x); }

 private:
  SYNFIRE_MEMBER Access access(bool write) const { return {view_.name(), index_, view_.extent(), line_, file_, write}; }

  const View& view_;
  u64 index_;
  int line_;
  const char* file_;
};

}  // namespace simt

template <class T>
class GlobalView {
 public:
  using Value = typename simt::without_const<T>::type;

  SYNFIRE_MEMBER GlobalView(T* data, u64 extent, const char* name)
      : data_(data), name_(name), binding_(simt::hooks.bind(simt::hooks.emulator, data, sizeof(T), name)) {
    if (extent < binding_.extent) binding_.extent = extent;
  }

  template <class Index>
  SYNFIRE_MEMBER simt::Element<GlobalView> operator()(Index index, int line = __builtin_LINE(),
                                                      const char* file = __builtin_FILE()) const {
    return {*this, static_cast<u64>(index), line, file};
  }

  SYNFIRE_MEMBER const char* name() const { return name_; }
  SYNFIRE_MEMBER u64 extent() const { return binding_.extent; }

  SYNFIRE_MEMBER Value read(const simt::Access& access) const {
    if (access.index >= binding_.extent) [[unlikely]] {
      simt::report(simt::AccessFault::out_of_bounds, access);
      return Value{};
    }
    if (!is_written(access.index)) [[unlikely]] {
      simt::report(simt::AccessFault::unwritten_read, access);
      return Value{};
    }
    simt::GlobalWord& word = binding_.words[access.index];
    if (simt::from_other_block(word.write)) [[unlikely]] {
      simt::report(simt::AccessFault::race, access, word.write, true);
    }
    simt::check_read(word, access);
    if (simt::epoch_of(word.first_read) < simt::hooks.state->launch_epoch) word.first_read = word.read;
    return data_[access.index];
  }

  SYNFIRE_MEMBER void write(const simt::Access& access, Value value) const {
    if (access.index >= binding_.extent) [[unlikely]] {
      simt::report(simt::AccessFault::out_of_bounds, access);
      return;
    }
    simt::GlobalWord& word = binding_.words[access.index];
    if (simt::from_other_block(word.write)) [[unlikely]] {
      simt::report(simt::AccessFault::race, access, word.write, true);
    } else if (simt::from_other_block(word.first_read)) [[unlikely]] {
      simt::report(simt::AccessFault::race, access, word.first_read, false);
    }
    simt::check_write(word, access);
    __builtin_memset(binding_.written + access.index * sizeof(T), 1, sizeof(T));
    data_[access.index] = value;
  }

 private:
  SYNFIRE_MEMBER bool is_written(u64 index) const {
    unsigned char all[sizeof(T)];
    __builtin_memset(all, 1, sizeof(T));
    return __builtin_memcmp(binding_.written + index * sizeof(T), all, sizeof(T)) == 0;
  }

  T* data_;
  const char* name_;
  ::synfire::simt::Binding binding_;
};

template <class T>
class SharedView {
 public:
  using Value = T;

  SYNFIRE_MEMBER SharedView(T* data, simt::SharedWord* words, u64 extent, const char* name)
      : data_(data), words_(words), extent_(extent), name_(name) {}

  template <class Index>
  SYNFIRE_MEMBER simt::Element<SharedView> operator()(Index index, int line = __builtin_LINE(),
                                                      const char* file = __builtin_FILE()) const {
    return {*this, static_cast<u64>(index), line, file};
  }

  SYNFIRE_MEMBER const char* name() const { return name_; }
  SYNFIRE_MEMBER u64 extent() const { return extent_; }

  SYNFIRE_MEMBER Value read(const simt::Access& access) const {
    if (access.index >= extent_) [[unlikely]] {
      simt::report(simt::AccessFault::out_of_bounds, access);
      return Value{};
    }
    simt::SharedWord& word = words_[access.index];
    if (simt::epoch_of(word.write) < simt::hooks.state->block_epoch) [[unlikely]] {
      simt::report(simt::AccessFault::unwritten_read, access);
      simt::note_read(word, simt::hooks.state->now, access.line);
      return Value{};
    }
    simt::check_read(word, access);
    return data_[access.index];
  }

  SYNFIRE_MEMBER void write(const simt::Access& access, Value value) const {
    if (access.index >= extent_) [[unlikely]] {
      simt::report(simt::AccessFault::out_of_bounds, access);
      return;
    }
    simt::check_write(words_[access.index], access);
    data_[access.index] = value;
  }

 private:
  T* data_;
  simt::SharedWord* words_;
  u64 extent_;
  const char* name_;
};

}  // namespace synfire::device

// Shared memory can be static because blocks run one after the other; the epoch of the last write tells whether this
// block wrote an element.
#define SYNFIRE_SHARED(type, name, extent)                          \
  static type name##_storage[extent];                               \
  static ::synfire::device::simt::SharedWord name##_shadow[extent]; \
  const ::synfire::device::SharedView<type> name { name##_storage, name##_shadow, extent, #name }
