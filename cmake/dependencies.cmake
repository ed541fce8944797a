# Header-only libraries of the host. A wasm build must not see the rest of the host's include folder, so each one is
# linked into a folder of its own.

function(alice_header_library name header)
  string(REGEX REPLACE "/.*" "" folder ${header})
  find_path(${name}_ROOT ${header}
    PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH
    DOC "The folder that holds ${header}")
  if(NOT ${name}_ROOT)
    message(FATAL_ERROR "${header} was not found: `node tools/setup.mjs` installs it")
  endif()
  set(isolated ${PROJECT_BINARY_DIR}/include-${name})
  file(MAKE_DIRECTORY ${isolated})
  file(CREATE_LINK ${${name}_ROOT}/${folder} ${isolated}/${folder} SYMBOLIC)
  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE ${isolated})
endfunction()

alice_header_library(protozero protozero/pbf_reader.hpp)
if(ALICE_TESTS)
  alice_header_library(catch2 catch2/catch.hpp)
endif()
if(NOT EMSCRIPTEN)
  # WebAssembly's SIMD128 intrinsics on the host: tests and sanitizers run the very kernels that ship.
  alice_header_library(simde simde/wasm/simd128.h)
endif()

# The host's OpenGL ES, by which the WebGL backend runs without a browser; where it is not, that is not built.
if(NOT EMSCRIPTEN)
  find_path(EGL_ROOT EGL/eglext.h)
  find_path(GLES_ROOT GLES3/gl3.h)
  if(EGL_ROOT AND GLES_ROOT)
    set(ALICE_GLES ON)
  endif()
endif()
