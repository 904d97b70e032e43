# piradi_unit_test(NAME SOURCES… [LIBRARIES …]): one cmocka program, one ctest entry `unit.NAME`.
function(piradi_unit_test name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
    add_executable(test-${name} ${ARG_SOURCES})
    target_link_libraries(test-${name} PRIVATE piradi_warnings PkgConfig::CMOCKA ${ARG_LIBRARIES})
    set_target_properties(test-${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests
                          C_CLANG_TIDY "")
    add_test(NAME unit.${name} COMMAND test-${name})
    set_tests_properties(unit.${name} PROPERTIES TIMEOUT 120)
endfunction()
