# SPDX-License-Identifier: Apache-2.0
# Embeds text files in a target at build time.

# synfire_embed(<target> SYMBOL <name> BASE <dir> FILES <files...>)
#
# Adds to <target> a generated source that defines
#   std::span<const synfire::base::EmbeddedFile> synfire::base::<name>();
# which holds the files in the order given, each named by its path relative to <dir>. Editing a file rebuilds the
# source. <dir> and the files are relative to the calling directory, which must be the one that created <target>.
# Declare the function in a header of <target>; its type is in synfire/base/embedded_file.hpp.
function(synfire_embed target)
  cmake_parse_arguments(arg "" "SYMBOL;BASE" "FILES" ${ARGN})
  if(NOT arg_SYMBOL OR NOT arg_BASE OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "synfire_embed(<target> SYMBOL <name> BASE <dir> FILES <files...>)")
  endif()
  cmake_path(ABSOLUTE_PATH arg_BASE NORMALIZE)
  set(files "")
  foreach(file IN LISTS arg_FILES)
    cmake_path(ABSOLUTE_PATH file NORMALIZE)
    cmake_path(IS_PREFIX arg_BASE "${file}" inside)
    if(NOT inside OR NOT EXISTS "${file}")
      message(FATAL_ERROR "synfire_embed: ${file} is not a file under ${arg_BASE}")
    endif()
    list(APPEND files "${file}")
  endforeach()

  set(script "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/embed_files.cmake")
  set(output "${CMAKE_CURRENT_BINARY_DIR}/${arg_SYMBOL}.cpp")
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DSYMBOL=${arg_SYMBOL}" "-DBASE=${arg_BASE}" "-DFILES=${files}"
            -P "${script}"
    DEPENDS ${files} "${script}" "${CMAKE_CURRENT_LIST_FILE}"
    COMMENT "Embedding ${arg_SYMBOL}"
    VERBATIM)
  target_sources(${target} PRIVATE "${output}")
  target_link_libraries(${target} PUBLIC synfire::base)
endfunction()
