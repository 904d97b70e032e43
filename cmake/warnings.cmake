# Linked by every target of ours: warnings, hardening and, where asked for, sanitizers.
add_library(piradi_warnings INTERFACE)
target_compile_options(piradi_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition
    -Wformat=2 -Wundef -Wwrite-strings -Wcast-qual -Wpointer-arith -Wvla -Wimplicit-fallthrough
    -Wno-overlength-strings -fstack-protector-strong -fno-common)
if(PIRADI_DEVELOPER)
    target_compile_options(piradi_warnings INTERFACE -Werror)
endif()
if(PIRADI_SANITIZE)
    target_compile_options(piradi_warnings INTERFACE -fsanitize=${PIRADI_SANITIZE}
                           -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(piradi_warnings INTERFACE -fsanitize=${PIRADI_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo)$")
    target_compile_options(piradi_warnings INTERFACE -D_FORTIFY_SOURCE=2)
endif()
target_link_options(piradi_warnings INTERFACE -Wl,-z,relro,-z,now,--as-needed)
target_compile_definitions(piradi_warnings INTERFACE _GNU_SOURCE)
if(PIRADI_TEST_BUILD)
    target_compile_definitions(piradi_warnings INTERFACE PIRADI_TEST_BUILD)
endif()
target_include_directories(piradi_warnings INTERFACE ${CMAKE_SOURCE_DIR})
