# The folders under src/ops are the op list. For every op: shape.cc belongs to the run half, reference.cc to the
# tests' oracle, cpu.cc to the CPU back end, and cpu-inl.h is compiled once for each instruction set into
# a unit of its own with that set's flags.
set(HONE_OPS_DIR ${CMAKE_SOURCE_DIR}/src/ops)

# hone_op_list(ops_list.inc op.h): generated/ops_list.inc holds X(name) for each op that has the file.
function(hone_op_list output file)
  file(GLOB found CONFIGURE_DEPENDS RELATIVE ${HONE_OPS_DIR} ${HONE_OPS_DIR}/*/${file})
  list(SORT found)
  set(lines "")
  foreach(path ${found})
    get_filename_component(op ${path} DIRECTORY)
    string(APPEND lines "X(${op})\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${output} CONTENT "${lines}" @ONLY)
endfunction()
hone_op_list(ops_list.inc op.h)
hone_op_list(semantics_list.inc reference.cc)
hone_op_list(cpu_ops_list.inc cpu.cc)
hone_op_list(host_ops_list.inc host.cc)

# hone_foreign_list(onnx): generated/onnx_ops_list.inc holds X(name) for the folders with an onnx.cc, and for
# the files of frontend/onnx/foreign.
function(hone_foreign_list format)
  file(GLOB folders CONFIGURE_DEPENDS RELATIVE ${HONE_OPS_DIR} ${HONE_OPS_DIR}/*/${format}.cc)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/frontend/${format}/foreign/*.cc)
  set(lines "")
  foreach(path ${folders})
    get_filename_component(name ${path} DIRECTORY)
    string(APPEND lines "X(${name})\n")
  endforeach()
  foreach(path ${files})
    get_filename_component(name ${path} NAME_WE)
    string(APPEND lines "X(${name})\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${format}_ops_list.inc CONTENT "${lines}" @ONLY)
endfunction()
hone_foreign_list(onnx)
hone_foreign_list(tflite)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(HONE_ISAS scalar avx2 avx512vnni)
  set(HONE_BF16_ISAS avx512bf16)
  set(HONE_AMX_ISAS amx)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(HONE_ISAS scalar neon neon_dotprod)
else()
  set(HONE_ISAS scalar)
endif()
# For processors that have none of the others: at -O3 its convolution alone takes as long as a whole library.
set(HONE_FLAGS_scalar -O2)
set(HONE_FLAGS_avx2 -mavx2 -mfma -mf16c)
# GCC 12's own AVX-512 headers trip its uninitialized warnings (GCC bug 105593).
set(HONE_FLAGS_avx512vnni -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mfma -mf16c
  -Wno-uninitialized $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
set(HONE_FLAGS_avx512bf16 ${HONE_FLAGS_avx512vnni} -mavx512bf16)
set(HONE_FLAGS_amx ${HONE_FLAGS_avx512bf16} -mamx-tile -mamx-int8 -mamx-bf16 -fno-exceptions)
set(HONE_FLAGS_neon -march=armv8-a)  # without dot products, whatever the compiler starts from
set(HONE_FLAGS_neon_dotprod -march=armv8.2-a+dotprod)

# One unit per op and instruction set, named <op>.<isa>.cc; tools/check_symbols.py looks through them.
# Sets that multiply bf16 have units of cpu_bf16-inl.h alone, sets with tiles those of cpu_amx-inl.h: for all else,
# those of a lesser set will do.
function(hone_kernel_units output)
  set(objects "")
  foreach(isa ${HONE_ISAS} ${HONE_BF16_ISAS} ${HONE_AMX_ISAS})
    set(header cpu-inl.h)
    if(isa IN_LIST HONE_BF16_ISAS)
      set(header cpu_bf16-inl.h)
    elseif(isa IN_LIST HONE_AMX_ISAS)
      set(header cpu_amx-inl.h)
    endif()
    file(GLOB kernels CONFIGURE_DEPENDS RELATIVE ${HONE_OPS_DIR} ${HONE_OPS_DIR}/*/${header})
    set(units "")
    foreach(kernel ${kernels})
      get_filename_component(op ${kernel} DIRECTORY)
      set(unit ${CMAKE_BINARY_DIR}/generated/kernels/${op}.${isa}.cc)
      file(CONFIGURE OUTPUT ${unit} @ONLY CONTENT
"#define HONE_ISA ${isa}
#include \"backend/cpu/simd/${isa}.h\"
#include \"ops/${op}/${header}\"
")
      list(APPEND units ${unit})
    endforeach()
    add_library(hone_kernels_${isa} OBJECT ${units})
    target_link_libraries(hone_kernels_${isa} PRIVATE hone_flags)
    # Kernels are optimized in every build type but coverage: the scalar set is hopeless at -O0.
    target_compile_options(hone_kernels_${isa} PRIVATE -O3 ${HONE_FLAGS_${isa}})
    list(APPEND objects $<TARGET_OBJECTS:hone_kernels_${isa}>)
  endforeach()
  set(${output} ${objects} PARENT_SCOPE)
endfunction()

# Units of one header outside the op folders: hone_isa_units(device probe device/probe/kernels-inl.h)
# compiles it for each instruction set into library hone_device, as <name>.<isa>.cc; for sets with tiles, kernels_amx-inl.h.
function(hone_isa_units library name header)
  foreach(isa ${HONE_ISAS} ${HONE_AMX_ISAS})
    set(unit_header ${header})
    if(isa IN_LIST HONE_AMX_ISAS)
      string(REPLACE "-inl.h" "_amx-inl.h" unit_header ${header})
    endif()
    set(unit ${CMAKE_BINARY_DIR}/generated/kernels/${name}.${isa}.cc)
    file(CONFIGURE OUTPUT ${unit} @ONLY CONTENT
"#define HONE_ISA ${isa}
#include \"backend/cpu/simd/${isa}.h\"
#include \"${unit_header}\"
")
    add_library(hone_${name}_${isa} OBJECT ${unit})
    target_link_libraries(hone_${name}_${isa} PRIVATE hone_flags)
    target_compile_options(hone_${name}_${isa} PRIVATE -O3 ${HONE_FLAGS_${isa}})
    target_sources(hone_${library} PRIVATE $<TARGET_OBJECTS:hone_${name}_${isa}>)
  endforeach()
endfunction()
