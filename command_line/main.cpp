// SPDX-License-Identifier: Apache-2.0
// The program `synfire`: Synfire without writing C++.
#include "dispatch.hpp"
#include "interrupt.hpp"

int main(int argc, char** argv) {
  synfire::command_line::open_standard_descriptors();
  synfire::command_line::watch_signals();
  return synfire::command_line::dispatch({argv + 1, argv + argc});
}
