# TFLite's schema (places and types of fields, enums) comes from the package tflite on PyPI at build time:
# fetched once into the package cache. Included from src/CMakeLists.txt, after onnx_fields.
set(HONE_TFLITE_VERSION 2.18.0)
set(HONE_TFLITE_SHA256 a49a4316530377c597bb272176c12d5d3c4453640118b068c93a8c3cc6c5c2c1)
set(HONE_TFLITE_SCHEMA ${CMAKE_BINARY_DIR}/generated/frontend/tflite/tflite_schema.h)
add_custom_command(OUTPUT ${HONE_TFLITE_SCHEMA}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated/frontend/tflite
  COMMAND Python3::Interpreter -B ${CMAKE_SOURCE_DIR}/tools/make_tflite_schema.py ${HONE_TFLITE_SCHEMA}
    ${HONE_PACKAGE_CACHE} ${HONE_TFLITE_VERSION} ${HONE_TFLITE_SHA256}
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/wheel_files.py ${CMAKE_SOURCE_DIR}/tools/make_tflite_schema.py
  COMMENT "Making TFLite's schema" VERBATIM)
target_sources(hone_frontend_tflite PRIVATE ${HONE_TFLITE_SCHEMA})
