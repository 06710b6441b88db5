# SPDX-License-Identifier: Apache-2.0
# Each installed header compiles alone and when included twice, without warnings, using only its component.
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")
build_project(headers_project "${RUNTIME}" -DCOMPONENT=runtime -DTARGET=synfire::runtime)
build_project(headers_project "${WHOLE}" -DCOMPONENT=compiler -DTARGET=synfire::synfire
  "-DEXCEPT_THOSE_IN=${RUNTIME}/${CMAKE_INSTALL_INCLUDEDIR}" "-DNOT_OF_COMPONENT=^synfire/(nir|shd)[.]hpp$")
