# hone_embed(models/catalogue.json): makes the text file src/<path> a C++ string literal in the
# generated header "<path>.inc".
function(hone_embed path)
  set(source ${CMAKE_SOURCE_DIR}/src/${path})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} HONE_TEXT)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${path}.inc
    CONTENT "R\"hone(@HONE_TEXT@)hone\"\n" @ONLY)
endfunction()
