// SPDX-License-Identifier: Apache-2.0
// The tables of the commands, one in each file of this folder.
#pragma once

#include "command.hpp"

namespace synfire::command_line {

Command compile_command();
Command run_command();
Command evaluate_command();
Command info_command();
Command train_command();
Command sweep_command();
Command gradcheck_command();
Command emit_command();
Command validate_command();
Command import_command();
Command export_command();
Command nir_verify_command();
Command compare_command();
Command models_command();
Command plot_command();
Command data_command();
Command devices_command();
Command cache_command();
Command completion_command();
Command manual_command();

// `first` and then `second`.
inline std::vector<Option> joined(std::vector<Option> first, const std::vector<Option>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

}  // namespace synfire::command_line
