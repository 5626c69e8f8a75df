/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A seccomp profile, read as a configuration's and as an engine's, compiled for this machine. */
#include <stdint.h>

#include "spec/seccomp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	static const struct seccomp_host host = { .caps = 0xff,
						  .arch = SECCOMP_ARCH_NATIVE,
						  .kernel_major = 6 };
	struct seccomp_profile p;
	struct seccomp_filter f;
	struct err e;

	if (spec_seccomp_parse(&a, (const char *)data, size, "profile.json", NULL, &p, &e) == 0)
		seccomp_compile(&a, &p, 0, &f, &e);
	if (spec_seccomp_parse(&a, (const char *)data, size, "profile.json", &host, &p, &e) == 0)
		seccomp_compile(&a, &p, 0, &f, &e);
	arena_free(&a);
	return 0;
}
