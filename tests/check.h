/* cmocka with its headers in the right order, and an exit status that Meson understands: cmocka
 * returns the number of failures, and 77 of them would read as "skipped". */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"

#define assert_ok(call)        assert_int_equal((call), GZ_OK)
#define assert_err(call, code) assert_int_equal((call), (code))
#define RUN_TESTS(tests)       return cmocka_run_group_tests(tests, NULL, NULL) != 0
