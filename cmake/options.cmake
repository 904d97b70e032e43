# What a builder may choose. `cmake --list-presets` shows the usual sets.
option(PIRADI_DEVELOPER "Warnings are errors (our own builds)" OFF)
option(PIRADI_TEST_BUILD
       "Programs look for each other and for configuration where the environment says; cannot be installed" OFF)
set(PIRADI_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize= (address,undefined or thread)")
set(PIRADI_PROGRAM_DIR ${CMAKE_INSTALL_FULL_LIBEXECDIR}/piradi CACHE PATH
    "Where an installed piradi-agent finds the programs that it may start")
set(PIRADI_CONFIG_DIR ${CMAKE_INSTALL_FULL_SYSCONFDIR}/piradi CACHE PATH
    "Where the administrator's configuration lies")
set(PIRADI_MODULE_DIR ${CMAKE_INSTALL_FULL_LIBDIR}/pkcs11 CACHE PATH
    "Where piradi-pkcs11.so is installed")
