# Checks of the sources and of the finished binary, as tests beside the others; run in one build only
# (release), for they give the same answer in each.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# hone_check(name command...)
function(hone_check name)
  add_test(NAME check.${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(check.${name} PROPERTIES LABELS check TIMEOUT 120)
endfunction()

hone_check(layers ${Python3_EXECUTABLE} tools/check_layers.py)
hone_check(docs ${Python3_EXECUTABLE} tools/check_docs.py)
file(GLOB tool_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tools/*_test.py)
foreach(test ${tool_tests})
  get_filename_component(name ${test} NAME_WE)
  hone_check(${name} ${Python3_EXECUTABLE} ${test})
endforeach()

find_program(HONE_CLANG_FORMAT clang-format-22)
if(HONE_CLANG_FORMAT)
  hone_check(format sh -c "git ls-files -z '*.cc' '*.h' | xargs -0 ${HONE_CLANG_FORMAT} --dry-run -Werror")
endif()
hone_check(launcher sh -n hone test tools/setup.sh)
hone_check(cli_reference sh -c "'$<TARGET_FILE:hone>' help --markdown | diff -u docs/cli.md -")

find_program(HONE_GROFF groff)
if(HONE_GROFF)  # says nothing of a page without faults
  hone_check(manual sh -c "'$<TARGET_FILE:hone>' help --man | LC_ALL=C.UTF-8 groff -man -Tutf8 -ww 2>&1 >/dev/null | (! grep .)")
endif()

hone_check(cli ${Python3_EXECUTABLE} tests/cli_test.py $<TARGET_FILE:hone>)
hone_check(accuracy ${Python3_EXECUTABLE} tests/accuracy_test.py $<TARGET_FILE:hone>)
hone_check(tasks ${Python3_EXECUTABLE} tests/task_test.py $<TARGET_FILE:hone>)
hone_check(engine ${Python3_EXECUTABLE} tests/engine_test.py $<TARGET_FILE:hone> $<TARGET_FILE:make_tiny_model>)
hone_check(precision ${Python3_EXECUTABLE} tests/precision_test.py $<TARGET_FILE:hone> $<TARGET_FILE:make_tiny_model>)
hone_check(engine_fixture ${Python3_EXECUTABLE} tests/engine_fixture_test.py $<TARGET_FILE:hone>)
hone_check(video ${Python3_EXECUTABLE} tests/video_test.py $<TARGET_FILE:hone>)
hone_check(run ${Python3_EXECUTABLE} tests/run_test.py $<TARGET_FILE:hone> $<TARGET_FILE:make_tiny_model>)
hone_check(models ${Python3_EXECUTABLE} tests/models_test.py $<TARGET_FILE:hone>)
hone_check(chat ${Python3_EXECUTABLE} tests/chat_test.py $<TARGET_FILE:hone> $<TARGET_FILE:make_tiny_model>)
hone_check(shortened_file ${Python3_EXECUTABLE} tests/shortened_file_test.py $<TARGET_FILE:hone>
  $<TARGET_FILE:make_tiny_model>)
hone_check(libhone ${Python3_EXECUTABLE} tests/libhone_test.py ${CMAKE_BINARY_DIR} $<TARGET_FILE:make_tiny_model>)
# Skipped where HONE_TEST_PYTHON names no Python with python/fetch_tools.py's packages.
hone_check(python ${Python3_EXECUTABLE} tests/python_package_test.py ${CMAKE_BINARY_DIR} $<TARGET_FILE:make_tiny_model>)
set_tests_properties(check.python PROPERTIES SKIP_RETURN_CODE 77)
set_tests_properties(check.libhone check.python PROPERTIES TIMEOUT 300)
if(TARGET hone_kernels_scalar)
  hone_check(symbols ${Python3_EXECUTABLE} tools/check_symbols.py ${CMAKE_BINARY_DIR})
endif()
