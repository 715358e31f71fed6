# The picture libraries of hone_media, linked statically where the distribution has them so, for a
# program that shows no pictures shall not load them when it starts. One that is missing (a cross build
# has none) is left out, and its format is refused with a clear message. libsndfile is not linked: it is
# loaded at the first sound that needs it. Included from src/CMakeLists.txt, after the layer.

# hone_media_library(JPEG jpeglib.h jpeg ...): the static library's name first, then what it needs.
function(hone_media_library name header)
  set(found "")
  if(NOT CMAKE_CROSSCOMPILING)
    find_path(HONE_${name}_INCLUDE ${header})
    foreach(library ${ARGN})
      find_library(HONE_${name}_${library} NAMES lib${library}.a ${library})
      if(NOT HONE_${name}_INCLUDE OR NOT HONE_${name}_${library})
        message(STATUS "hone reads and writes no ${name}: ${header} or lib${library} is not installed")
        return()
      endif()
      list(APPEND found ${HONE_${name}_${library}})
    endforeach()
    target_compile_definitions(hone_media PRIVATE HONE_HAS_${name})
    target_include_directories(hone_media SYSTEM PRIVATE ${HONE_${name}_INCLUDE})
    target_link_libraries(hone_media PRIVATE ${found})
  endif()
endfunction()
hone_media_library(JPEG jpeglib.h jpeg)
hone_media_library(PNG png.h png16 z)
hone_media_library(WEBP webp/decode.h webp)
