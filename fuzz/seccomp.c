/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A seccomp profile, compiled for this machine. */
#include <stdint.h>

#include "spec/seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	struct seccomp_profile p;
	struct seccomp_filter f;
	struct err e;

	if (spec_seccomp_parse(&a, (const char *)data, size, "profile.json", &p, &e) == 0)
		seccomp_compile(&a, &p, 0, &f, &e);
	arena_free(&a);
	return 0;
}
