#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# In a rehearsal, what is not on a machine without a GPU: as nvidia-smi it answers, as compute-sanitizer and ncu it runs the
# program.
set -euo pipefail
tool=$(basename "$0")
if [[ $tool == nvidia-smi ]]; then
  echo 'Stand-in, no driver'
  exit
fi
printf '========= a stand-in for %s: it looks at nothing\n' "$tool"
while [[ $1 != ./* ]]; do shift; done
exec "$@"
