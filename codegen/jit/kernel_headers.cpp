// SPDX-License-Identifier: Apache-2.0
#include "jit/kernel_headers.hpp"

#include "jit/process.hpp"
#include "synfire/base/embedded_file.hpp"

namespace synfire::codegen::jit {

std::string all_kernel_headers() {
  std::string all;
  for (const base::EmbeddedFile& file : base::embedded_kernels())
    all.append(file.name).append("\n").append(file.contents).append("\n");
  return all;
}

void write_kernel_headers(const std::string& folder) {
  for (const base::EmbeddedFile& file : base::embedded_kernels())
    write_file(folder + "/" + std::string(file.name), std::string(file.contents));
}

}  // namespace synfire::codegen::jit
