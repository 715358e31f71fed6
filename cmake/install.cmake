# What `cmake --install` and the Debian package hold: component hone is the binary, component library
# libhone with its headers, a CMake package and a pkg-config file. Included last.
include(CMakePackageConfigHelpers)

install(TARGETS hone RUNTIME COMPONENT hone)
install(TARGETS hone_shared EXPORT hone LIBRARY COMPONENT library NAMELINK_COMPONENT library)
install(DIRECTORY include/hone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT library FILES_MATCHING PATTERN "*.h*")
if(NOT CMAKE_CROSSCOMPILING)  # the manual page is what the program says of itself
  install(CODE "execute_process(COMMAND \"$<TARGET_FILE:hone>\" help --man
    OUTPUT_FILE \"${CMAKE_BINARY_DIR}/generated/hone.1\" COMMAND_ERROR_IS_FATAL ANY)" COMPONENT hone)
  install(FILES ${CMAKE_BINARY_DIR}/generated/hone.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT hone)
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT hone RENAME copyright)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/hone)
install(EXPORT hone FILE honeTargets.cmake NAMESPACE hone:: DESTINATION ${package_dir} COMPONENT library)
set(generated ${CMAKE_BINARY_DIR}/generated/package)
file(CONFIGURE OUTPUT ${generated}/honeConfig.cmake @ONLY CONTENT
"include(\${CMAKE_CURRENT_LIST_DIR}/honeTargets.cmake)
")
# Before 1.0 a new minor version may break what was (docs/api.md).
write_basic_package_version_file(${generated}/honeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
file(CONFIGURE OUTPUT ${generated}/hone.pc @ONLY CONTENT
"prefix=\${pcfiledir}/@from_pc@
libdir=\${prefix}/@CMAKE_INSTALL_LIBDIR@
includedir=\${prefix}/@CMAKE_INSTALL_INCLUDEDIR@

Name: hone
Description: runs machine learning models
Version: @PROJECT_VERSION@
Libs: -L\${libdir} -lhone
Cflags: -I\${includedir}
")
install(FILES ${generated}/honeConfig.cmake ${generated}/honeConfigVersion.cmake
  DESTINATION ${package_dir} COMPONENT library)
install(FILES ${generated}/hone.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT library)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hone)
set(CPACK_PACKAGE_CONTACT "The hone developers <hone@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "runs machine learning models on this machine")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL hone library)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded when they are first needed: downloads, sounds, videos.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libcurl4, libsndfile1")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS ffmpeg)
set(CPACK_POST_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/package_size.cmake)
include(CPack)
