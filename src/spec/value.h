/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Values as people write them. All return 0, or -EINVAL or -ERANGE with e saying which text was
 * refused, why, and which form is accepted; the caller knows the option. */

/* A decimal integer from min to max, with nothing around it. */
int value_number(const char *text, int64_t min, int64_t max, int64_t *n, struct err *e);

/* Bytes: "1024", "512k", "50m", "1.5g", "2GiB"; k is 1024. Fractions of a byte are cut off. */
int value_size(const char *text, int64_t *bytes, struct err *e);

/* A number of processors, "1.5", as microseconds of each `period` microseconds. "0" yields 0. */
int value_cpus(const char *text, uint64_t period, int64_t *quota, struct err *e);

/* Is it a list of numbers and ranges as cpuset(7) has them: "0-3,5"? */
int value_cpu_list(const char *text, struct err *e);

/* true, false, 1, 0 */
int value_bool(const char *text, bool *on, struct err *e);

/* An octal file mode, up to 07777. */
int value_mode(const char *text, unsigned *mode, struct err *e);

/* A user or group id: below 4294967295, which means "no change" to the kernel. */
int value_id(const char *text, size_t len, uint32_t *id, struct err *e);

/* The digits text[0..len): 0, -EINVAL where there is anything else or nothing, -ERANGE above max. */
int value_digits(const char *text, size_t len, uint64_t max, uint64_t *n);
