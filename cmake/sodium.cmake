# libsodium signs engines; linked statically where the distribution has it so. Without it (a cross build has none) signatures
# are refused with a clear message. Included from src/CMakeLists.txt, after the layer.
if(NOT CMAKE_CROSSCOMPILING)
  find_path(HONE_SODIUM_INCLUDE sodium.h)
  find_library(HONE_SODIUM NAMES libsodium.a sodium)
  if(HONE_SODIUM_INCLUDE AND HONE_SODIUM)
    target_compile_definitions(hone_engine PRIVATE HONE_HAS_SODIUM)
    target_include_directories(hone_engine SYSTEM PRIVATE ${HONE_SODIUM_INCLUDE})
    target_link_libraries(hone_engine PRIVATE ${HONE_SODIUM})
  else()
    message(STATUS "hone signs and verifies no engines: libsodium is not installed")
  endif()
endif()
