/* cmocka.h wants these before it, in this order. */
#ifndef PIRADI_CMOCKA_ALL_H
#define PIRADI_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
