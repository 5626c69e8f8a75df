/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/* Milliseconds of a clock that nobody sets: CLOCK_MONOTONIC. */
int64_t clock_ms(void);
