# What `make install` puts where, and the .deb that CPack makes of the same.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(LOCKSTEP_DATADIR ${CMAKE_INSTALL_DATADIR}/lockstep)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/lockstep)

install(TARGETS lockstep RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# Recordings are looked for above the scenarios that play them.
install(DIRECTORY scenarios/library scenarios/recordings scenarios/gateways
        DESTINATION ${LOCKSTEP_DATADIR})
install(DIRECTORY editors DESTINATION ${LOCKSTEP_DATADIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
# The gateway as a service: where systemd looks for units, below whichever prefix.
install(FILES deploy/lockstep.service DESTINATION lib/systemd/system)
install(FILES deploy/Dockerfile DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

configure_package_config_file(cmake/lockstepConfig.cmake.in
  ${PROJECT_BINARY_DIR}/lockstepConfig.cmake
  INSTALL_DESTINATION ${package_folder}
  PATH_VARS CMAKE_INSTALL_BINDIR LOCKSTEP_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lockstepConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/lockstepConfig.cmake
  ${PROJECT_BINARY_DIR}/lockstepConfigVersion.cmake
  cmake/lockstep_add_scenarios.cmake
  DESTINATION ${package_folder})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME lockstep)
set(CPACK_PACKAGE_CONTACT "the maintainers of Lockstep")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
  "plays scripted LLM providers and MCP servers against a streaming gateway")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
