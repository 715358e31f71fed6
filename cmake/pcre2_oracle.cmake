# PCRE2 is the oracle for the pre-tokenizers' patterns; without it (a cross build) that test is left
# out. Included from tests/CMakeLists.txt, where the layers' test programs exist.
find_path(HONE_PCRE2_INCLUDE pcre2.h)
find_library(HONE_PCRE2_LIBRARY pcre2-8)
if(HONE_PCRE2_INCLUDE AND HONE_PCRE2_LIBRARY AND NOT CMAKE_CROSSCOMPILING)
  target_compile_definitions(test_llm_tokenizer PRIVATE HONE_HAS_PCRE2)
  target_link_libraries(test_llm_tokenizer PRIVATE ${HONE_PCRE2_LIBRARY})
endif()
