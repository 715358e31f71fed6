# The tokenizer's Unicode tables are made at build time; included from src/CMakeLists.txt, after the
# layers.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(HONE_UNICODE_TABLES ${CMAKE_BINARY_DIR}/generated/llm/tokenizer/unicode_tables.cc)
add_custom_command(OUTPUT ${HONE_UNICODE_TABLES}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated/llm/tokenizer
  COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/make_unicode_tables.py ${HONE_UNICODE_TABLES}
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/make_unicode_tables.py
  COMMENT "Making the Unicode tables" VERBATIM)
target_sources(hone_llm_tokenizer PRIVATE ${HONE_UNICODE_TABLES})
