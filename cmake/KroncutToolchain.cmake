# Compiler settings for the project's own sources (target kroncut_options), and the choice of MPI and CUDA:
# KRONCUT_HAS_MPI, KRONCUT_HAS_CUDA, KRONCUT_CUDA_RELEASE and KRONCUT_PARTS, the words of the variant's name.
find_package(Threads REQUIRED)

set(KRONCUT_HAS_MPI OFF)
if(NOT KRONCUT_MPI STREQUAL "OFF")
  if(KRONCUT_MPI STREQUAL "ON")
    find_package(MPI REQUIRED COMPONENTS C)
  else()
    find_package(MPI COMPONENTS C QUIET)
  endif()
  if(MPI_C_FOUND)
    set(KRONCUT_HAS_MPI ON)
  endif()
endif()

# A toolkit, in this order: the compiler that was named, CUDA_HOME, nvcc on PATH, /usr/local/cuda.
set(KRONCUT_HAS_CUDA OFF)
if(NOT KRONCUT_CUDA STREQUAL "OFF")
  if(NOT CMAKE_CUDA_COMPILER AND NOT DEFINED ENV{CUDACXX})
    find_program(KRONCUT_NVCC nvcc HINTS "$ENV{CUDA_HOME}/bin" PATHS /usr/local/cuda/bin)
    if(KRONCUT_NVCC)
      set(CMAKE_CUDA_COMPILER "${KRONCUT_NVCC}")
    endif()
  endif()
  if(NOT CMAKE_CUDA_ARCHITECTURES)
    # Ampere as machine code, Hopper as machine code and as PTX for what comes after it.
    set(CMAKE_CUDA_ARCHITECTURES "80-real;90" CACHE STRING "")
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    enable_language(CUDA)
    # CMake before 3.26 does not know that nvcc has C++20 since 12.0.
    if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION AND CMAKE_CUDA_COMPILER_VERSION VERSION_GREATER_EQUAL 12.0)
      set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
      set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
    endif()
    set(CMAKE_CUDA_STANDARD 20)
    set(CMAKE_CUDA_STANDARD_REQUIRED ON)
    set(CMAKE_CUDA_EXTENSIONS OFF)
    set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
    find_package(CUDAToolkit REQUIRED)
    set(KRONCUT_HAS_CUDA ON)
    string(REGEX MATCH "^[0-9]+\\.[0-9]+" KRONCUT_CUDA_RELEASE "${CMAKE_CUDA_COMPILER_VERSION}")
  elseif(KRONCUT_CUDA STREQUAL "ON")
    message(FATAL_ERROR "No CUDA toolkit was found: set CUDA_HOME, or make one with scripts/cuda-toolkit.sh FOLDER")
  endif()
endif()

set(KRONCUT_PARTS)
if(KRONCUT_HAS_MPI)
  list(APPEND KRONCUT_PARTS mpi)
endif()
if(KRONCUT_HAS_CUDA)
  list(APPEND KRONCUT_PARTS cuda)
endif()
if(NOT KRONCUT_PARTS)
  set(KRONCUT_PARTS cpu)
endif()
message(STATUS "Kroncut ${PROJECT_VERSION}: MPI ${KRONCUT_HAS_MPI}, CUDA ${KRONCUT_HAS_CUDA}")

add_library(kroncut_options INTERFACE)
target_compile_options(kroncut_options INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror>
  # g++ 12 reports this one for plain std::vector code at -O3.
  $<$<COMPILE_LANGUAGE:CXX>:-Wno-free-nonheap-object>
  # nvcc's own glue is not pedantic.
  $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow,-Wconversion,-Werror --Werror=all-warnings>)
if(KRONCUT_SANITIZE)
  target_compile_options(kroncut_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${KRONCUT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g>)
  target_link_options(kroncut_options INTERFACE -fsanitize=${KRONCUT_SANITIZE})
endif()
