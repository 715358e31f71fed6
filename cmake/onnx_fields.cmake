# The field numbers of ONNX's schema come from the package onnx on PyPI at build time: fetched once
# into .cache, whatever the number of build folders. Included from src/CMakeLists.txt, after the layers.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(HONE_PACKAGE_CACHE ${CMAKE_SOURCE_DIR}/.cache/packages CACHE PATH
  "Where packages that the build and the tests read are kept")
set(HONE_ONNX_VERSION 1.23.2)
set(HONE_ONNX_ML_SHA256 8f39d0a1ae1abef5ca648922cdb06716d6bd1573c9e972b42854c16e9e352c16)
set(HONE_ONNX_DATA_SHA256 b93e888534425357bc9ce81a6578bfdacfd465091a8325cc0c09cfd1e7e2bc28)
set(HONE_ONNX_PROTOS ${HONE_PACKAGE_CACHE}/onnx-${HONE_ONNX_VERSION}/onnx)
set(HONE_ONNX_FIELDS ${CMAKE_BINARY_DIR}/generated/frontend/onnx/onnx_fields.h)
add_custom_command(OUTPUT ${HONE_ONNX_FIELDS}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated/frontend/onnx
  COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/wheel_files.py ${HONE_PACKAGE_CACHE}
    onnx==${HONE_ONNX_VERSION} onnx/onnx-ml.proto=${HONE_ONNX_ML_SHA256}
    onnx/onnx-data.proto=${HONE_ONNX_DATA_SHA256}
  COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/make_onnx_fields.py ${HONE_ONNX_FIELDS}
    ${HONE_ONNX_PROTOS}/onnx-ml.proto ${HONE_ONNX_PROTOS}/onnx-data.proto
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/wheel_files.py ${CMAKE_SOURCE_DIR}/tools/make_onnx_fields.py
  COMMENT "Making ONNX's field numbers" VERBATIM)
target_sources(hone_frontend_onnx PRIVATE ${HONE_ONNX_FIELDS})
