# A test build obeys the environment; it must never reach a citizen's machine.
if(PIRADI_TEST_BUILD)
    install(CODE "message(FATAL_ERROR \"This is a test build (PIRADI_TEST_BUILD=ON): it is not installed. \
Use: cmake --preset release\")")
endif()
