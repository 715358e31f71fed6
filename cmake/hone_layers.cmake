# A layer is a folder under src: its *.cc files make the static library hone_<layer>, its *_test.cc
# files the test program test_<layer>. Adding a file needs no edit here.

set_property(GLOBAL PROPERTY HONE_LAYERS "")

# hone_layer(frontend/gguf DEPS tensor ir [LIBS CURL::libcurl] [TEST_DEPS reference])
function(hone_layer folder)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  hone_library(${name} SOURCES ${sources} DEPS ${ARG_DEPS} LIBS ${ARG_LIBS})
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*_test.cc)
  hone_register_tests(${name} "${ARG_TEST_DEPS}" ${tests})
endfunction()

# hone_layer_from(reference DEPS ir FILES reference/*.cc ops/*/reference.cc): a layer whose files lie in several folders;
# folders below them are not searched.
function(hone_layer_from name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;FILES;TEST_DEPS" ${ARGN})
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_SOURCE_DIR}/src/)
  file(GLOB sources CONFIGURE_DEPENDS ${ARG_FILES})
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  hone_library(${name} SOURCES ${sources} DEPS ${ARG_DEPS} LIBS ${ARG_LIBS})
  set_property(GLOBAL APPEND PROPERTY HONE_LIBRARIES ${name})
  hone_register_tests(${name} "${ARG_TEST_DEPS}" ${tests})
endfunction()

function(hone_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LIBS" ${ARGN})
  list(TRANSFORM ARG_DEPS PREPEND hone_)
  set_property(GLOBAL APPEND PROPERTY HONE_LIBRARIES ${name})
  if(ARG_SOURCES)
    add_library(hone_${name} STATIC ${ARG_SOURCES})
    target_link_libraries(hone_${name} PRIVATE hone_flags PUBLIC ${ARG_DEPS} PRIVATE ${ARG_LIBS})
    hone_precompile(hone_${name})
  else()
    add_library(hone_${name} INTERFACE)
    target_link_libraries(hone_${name} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# Libraries and tests in which no step of a model runs: at -O1 they build in two thirds of the time.
function(hone_build_fast)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endforeach()
endfunction()

# Libraries whose files are compiled several at a time: most of a small unit's time goes into headers, and a
# build from nothing takes half as long. Names in their anonymous namespaces must differ.
function(hone_build_together)
  foreach(target ${ARGN})
    set_target_properties(${target} PROPERTIES UNITY_BUILD ${HONE_UNITY} UNITY_BUILD_BATCH_SIZE 8)
  endforeach()
endfunction()

# The standard library's headers are read once for all targets that take the same flags.
function(hone_precompile target)
  if(NOT TARGET hone_precompiled)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/precompiled.cc CONTENT "\n")
    add_library(hone_precompiled OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled.cc)
    target_link_libraries(hone_precompiled PRIVATE hone_flags)
    target_precompile_headers(hone_precompiled PRIVATE ${CMAKE_SOURCE_DIR}/src/base/precompiled.h)
  endif()
  target_precompile_headers(${target} REUSE_FROM hone_precompiled)
endfunction()

function(hone_register_tests name test_deps)
  if(ARGN)
    list(TRANSFORM test_deps PREPEND hone_)
    set_property(GLOBAL PROPERTY HONE_TEST_DEPS_${name} ${test_deps})
    set_property(GLOBAL APPEND PROPERTY HONE_LAYERS ${name})
    set_property(GLOBAL PROPERTY HONE_TESTS_${name} ${ARGN})
  endif()
endfunction()

# What tests of several layers share: tests/support/*.cc, included as "support/name.h".
function(hone_test_support)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/*.cc)
  add_library(hone_test_support STATIC ${sources})
  target_include_directories(hone_test_support PUBLIC ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(hone_test_support PRIVATE hone_flags)
endfunction()

# One test program a layer; a test named *Slow* or *Model* gets that label, every other one is fast.
function(hone_layer_tests)
  hone_test_support()
  add_custom_target(layer_tests)  # builds every test program of a layer
  get_property(layers GLOBAL PROPERTY HONE_LAYERS)
  foreach(name ${layers})
    get_property(tests GLOBAL PROPERTY HONE_TESTS_${name})
    add_executable(test_${name} ${tests})
    add_dependencies(layer_tests test_${name})
    get_property(test_deps GLOBAL PROPERTY HONE_TEST_DEPS_${name})
    target_link_libraries(test_${name} PRIVATE hone_flags hone_${name} ${test_deps} hone_test_support
      GTest::gtest_main GTest::gmock)
    target_compile_definitions(test_${name} PRIVATE HONE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    hone_precompile(test_${name})
    hone_build_fast(test_${name})
    gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60
      TEST_FILTER -*Slow*:*Model* PROPERTIES LABELS fast TIMEOUT 120)
    gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 TEST_SUFFIX .slow
      TEST_FILTER *Slow* TEST_LIST ${name}_slow PROPERTIES LABELS slow TIMEOUT 600)
    gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 TEST_SUFFIX .model
      TEST_FILTER *Model* TEST_LIST ${name}_model PROPERTIES LABELS model TIMEOUT 600)
  endforeach()
endfunction()
