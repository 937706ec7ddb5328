# Reads native/sources*.txt and adds the tests that lie beside the sources.

# Sets `result` to the entries of native/<name>.txt. A change of the list configures again.
function(kroncut_read_sources result name)
  set(file "${CMAKE_CURRENT_SOURCE_DIR}/native/${name}.txt")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(STRINGS "${file}" lines REGEX "^[^#]")
  list(TRANSFORM lines STRIP)
  set(${result} ${lines} PARENT_SCOPE)
endfunction()

# One of two lists.
function(kroncut_read_choice result condition yes no)
  if(condition)
    kroncut_read_sources(entries ${yes})
  else()
    kroncut_read_sources(entries ${no})
  endif()
  set(${result} ${entries} PARENT_SCOPE)
endfunction()

# Tests of what this build has. Those of device/cuda run in every build: they run the kernels' bodies on the processor.
function(kroncut_find_tests result)
  file(GLOB_RECURSE found RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" CONFIGURE_DEPENDS native/*.test.cpp native/*.test.cu)
  if(NOT KRONCUT_HAS_CUDA)
    list(FILTER found EXCLUDE REGEX "\\.test\\.cu$")
  endif()
  if(NOT KRONCUT_HAS_MPI)
    list(FILTER found EXCLUDE REGEX "mpi[^/]*\\.test\\.cpp$")
  endif()
  set(${result} ${found} PARENT_SCOPE)
endfunction()

# native/core/parallel.test.cpp becomes the program test_core_parallel and the test core/parallel.
function(kroncut_add_test file)
  string(REGEX REPLACE "^native/(.*)\\.test\\.(cpp|cu)$" "\\1" name "${file}")
  string(REPLACE "/" "_" target "test_${name}")
  add_executable(${target} "${file}")
  target_link_libraries(${target} PRIVATE kroncut_testing_main)
  if(CMAKE_JS_INC)
    set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  add_dependencies(kroncut_tests ${target})
  if(name MATCHES "^device/")
    add_dependencies(kroncut_gpu_check ${target})
  endif()
  add_test(NAME ${name} COMMAND ${target})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
endfunction()
