/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

#include "base/err.h"

/*
 * How fast a container's network is: text → checked model. Pure. All in bits, as tc(8), CNI and those who sell lines count:
 * 10M are 10,000,000 bits in a second.
 */
struct spec_bandwidth {
	uint64_t in, out;             /* bits per second, towards the container and from it; 0: no limit */
	uint64_t in_burst, out_burst; /* bits that may go at once; 0: chosen (plan/build/shape.c) */
};

enum { BANDWIDTH_MIN = 8000 };
#define BANDWIDTH_MAX 1000000000000ull

/* "10M", "2.5G", "8000": bits per second, with K, M, G or T of thousands. -EINVAL "bad-bandwidth". */
int bandwidth_rate(const char *text, uint64_t *rate, struct err *e);

/* "in=10M,out=5M", or one of them. */
int bandwidth_parse(const char *text, struct spec_bandwidth *b, struct err *e);
