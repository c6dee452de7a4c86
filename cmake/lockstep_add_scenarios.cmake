# Each scenario below a folder as a test of ctest.
#
#   lockstep_add_scenarios(NAME DIRECTORY dir [GATEWAY url-or-file] [REAL] [EXCLUDE regex])
#
# A test is called NAME/PATH, as PATH.scenario lies below the folder, and has the families of its
# `covers` as labels: `ctest -L timeouts`. With REAL there is a second test of each, on real
# sockets: NAME/real/PATH, labelled `real`. EXCLUDE leaves out what matches a path. GATEWAY names
# the gateway that is to be judged; without it Lockstep's own is. A test is skipped, and has not
# passed, when nothing failed but something could not be told (exit status 3).
function(lockstep_add_scenarios name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "REAL" "DIRECTORY;GATEWAY;EXCLUDE" "")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "lockstep_add_scenarios(${name}): '${arg_UNPARSED_ARGUMENTS}' is not known; "
      "the form is: NAME DIRECTORY dir [GATEWAY url-or-file] [REAL] [EXCLUDE regex]")
  endif()
  if(NOT arg_DIRECTORY)
    message(FATAL_ERROR "lockstep_add_scenarios(${name}): DIRECTORY is missing")
  endif()
  get_filename_component(folder "${arg_DIRECTORY}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  if(NOT IS_DIRECTORY "${folder}")
    message(FATAL_ERROR "lockstep_add_scenarios(${name}): there is no folder ${folder}")
  endif()

  get_target_property(program lockstep::lockstep IMPORTED_LOCATION)
  set(command "${program}" run)
  if(DEFINED arg_GATEWAY)
    # A folder or file of that name may be meant relative to who asks.
    if(NOT arg_GATEWAY MATCHES "^[a-z]+://")
      get_filename_component(arg_GATEWAY "${arg_GATEWAY}" ABSOLUTE
                             BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    endif()
    execute_process(COMMAND "${program}" run --help OUTPUT_VARIABLE help ERROR_QUIET)
    if(NOT help MATCHES "--gateway")
      message(FATAL_ERROR "lockstep_add_scenarios(${name}): GATEWAY is given, but this lockstep "
        "judges its own gateway only: '${program} run' does not know --gateway")
    endif()
    list(APPEND command --gateway "${arg_GATEWAY}")
  endif()

  file(GLOB_RECURSE files RELATIVE "${folder}" CONFIGURE_DEPENDS "${folder}/*.scenario")
  if(arg_EXCLUDE)
    list(FILTER files EXCLUDE REGEX "${arg_EXCLUDE}")
  endif()
  if(NOT files)
    message(FATAL_ERROR "lockstep_add_scenarios(${name}): there is no scenario in ${folder}")
  endif()
  foreach(file IN LISTS files)
    string(REGEX REPLACE "\\.scenario$" "" test "${file}")
    lockstep_families(families "${folder}/${file}")
    add_test(NAME "${name}/${test}" COMMAND ${command} "${folder}/${file}")
    set_tests_properties("${name}/${test}" PROPERTIES LABELS "${families}" SKIP_RETURN_CODE 3)
    if(arg_REAL)
      add_test(NAME "${name}/real/${test}" COMMAND ${command} --real "${folder}/${file}")
      # What is judged by the machine's clock wants the machine for itself.
      set_tests_properties("${name}/real/${test}" PROPERTIES
        LABELS "${families};real" SKIP_RETURN_CODE 3 RUN_SERIAL TRUE)
    endif()
  endforeach()
endfunction()

# The families of a scenario: the words of `covers` that are no links.
function(lockstep_families into file)
  file(STRINGS "${file}" lines REGEX "^covers[ \t]" ENCODING UTF-8)
  set(families "")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "[ \t]#.*$" "" line "${line}")
    string(REGEX MATCHALL "[^ \t]+" words "${line}")
    list(REMOVE_AT words 0)
    list(FILTER words EXCLUDE REGEX "[0-9#/:.]")
    list(APPEND families ${words})
  endforeach()
  list(REMOVE_DUPLICATES families)
  set(${into} "${families}" PARENT_SCOPE)
endfunction()
