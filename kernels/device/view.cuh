// SPDX-License-Identifier: Apache-2.0
//
// Typed views: the only way generated code accesses memory that threads share.
//
//   const GlobalView<const float> weights{static_cast<const float*>(arguments.buffers[3]), 100352, "weight"};
//   SYNFIRE_SHARED(u32, spike_count, 1);
//   const float w = weights(i);
//   spike_count(0) += 1u;
//
// On the GPU and the host a view is a bare pointer. The simt build checks each access instead: bounds, uninitialized
// reads, and races. There operator() returns a proxy, so the result of a read always gets an explicit type (`float`,
// never `auto` or a deduced template argument). Each buffer has views of one element size. A view whose extent only its
// buffer knows uses `whole_buffer`.
#pragma once

#include "platform.cuh"

namespace synfire::device {

// As an extent: the whole memory behind the pointer.
enum : u64 { whole_buffer = ~0ull };

}  // namespace synfire::device

#if !SYNFIRE_CUDA && defined(SYNFIRE_SIMT)
#include "simt/simt_view.hpp"
#else

namespace synfire::device {

// Elements of type T in global memory, or in any memory on the host. Indices are u32 where the extent allows it: the
// GPU then multiplies and widens in one instruction.
template <class T>
class GlobalView {
 public:
  SYNFIRE_MEMBER constexpr GlobalView(T* data, u64 /*extent*/, const char* /*name*/) : data_(data) {}

  template <class Index>
  SYNFIRE_MEMBER T& operator()(Index index) const {
    return data_[index];
  }

 private:
  T* data_;
};

// Elements of type T in memory that one block shares (on the host: that one call owns).
template <class T>
class SharedView {
 public:
  SYNFIRE_MEMBER constexpr SharedView(T* data, u64 /*extent*/, const char* /*name*/) : data_(data) {}

  template <class Index>
  SYNFIRE_MEMBER T& operator()(Index index) const {
    return data_[index];
  }

 private:
  T* data_;
};

}  // namespace synfire::device

// Declares `name`, a view of `extent` elements of shared memory, uninitialized when a block starts. In the outermost
// scope of a kernel.
#if SYNFIRE_CUDA
#define SYNFIRE_SHARED(type, name, extent) \
  __shared__ type name##_storage[extent];  \
  const ::synfire::device::SharedView<type> name { name##_storage, extent, #name }
#endif

#endif
