/* Programs of others, as independent witnesses. */
#ifndef PIRADI_TEST_TOOL_H
#define PIRADI_TEST_TOOL_H

#define TOOL_OUTPUT_MAX 65536
#define TOOL_PATH_MAX 64

/* A path by which another process of ours may open this descriptor. */
void tool_path(int fd, char path[TOOL_PATH_MAX]);

/* Runs argv (found by PATH) to its end and gives its exit code and both outputs as one text. */
int tool_run(const char *const argv[], char output[TOOL_OUTPUT_MAX]);

/* The same, failing the test unless it exits with 0. */
void tool_succeeds(const char *const argv[], char output[TOOL_OUTPUT_MAX]);

#endif
