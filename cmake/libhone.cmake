# libhone: the C interface of include/hone, made of the same objects as the binary, but not part of
# target `hone`. Included from src/CMakeLists.txt, after the layers.
#
# hone_api is run half; api/open_model.cc, which opens every format, is the library's alone.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/api/*.cc)
list(FILTER sources EXCLUDE REGEX "(_test|/open_model)\\.cc$")
hone_library(api SOURCES ${sources} DEPS llm_generate tasks)
target_include_directories(hone_api PUBLIC ${CMAKE_SOURCE_DIR}/include)

add_library(hone_shared SHARED api/open_model.cc)
set_target_properties(hone_shared PROPERTIES OUTPUT_NAME hone EXPORT_NAME hone
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
target_include_directories(hone_shared INTERFACE
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# All of hone_api, for nothing in the library asks for it; else only what that needs.
target_link_libraries(hone_shared PRIVATE hone_flags
  -Wl,--whole-archive $<TARGET_FILE:hone_api> -Wl,--no-whole-archive hone_api hone_open)
# Nothing but hone_*: neither libstdc++'s templates nor the static libraries inside.
set(script ${CMAKE_SOURCE_DIR}/src/api/libhone.map)
target_link_options(hone_shared PRIVATE -Wl,--version-script=${script} -Wl,--gc-sections)
if(NOT HONE_SANITIZE)  # clang's sanitizers are in the program, not in its libraries
  target_link_options(hone_shared PRIVATE -Wl,--no-undefined)
endif()
set_property(TARGET hone_shared APPEND PROPERTY LINK_DEPENDS ${script})
add_library(hone::hone ALIAS hone_shared)
