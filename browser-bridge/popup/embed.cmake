# cmake -D INPUT=FILE -D NAME=IDENTIFIER -D OUTPUT=FILE.c -P embed.cmake: a file's bytes as C.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE ${OUTPUT} "#include \"browser-bridge/popup/files.h\"

static const uint8_t bytes[] = {
${bytes}
};

const struct popup_file ${NAME} = {.bytes = bytes, .size = sizeof bytes};
")
