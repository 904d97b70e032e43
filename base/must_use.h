/* A result that the compiler refuses to let drop. */
#ifndef PIRADI_MUST_USE_H
#define PIRADI_MUST_USE_H

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first) __attribute__((format(printf, format_at, first)))

#endif
