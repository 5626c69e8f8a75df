/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/machine.h"

#include <string.h>

#include "base/io.h"
#include "base/str.h"

const char *machine_arch(void)
{
#if defined(__x86_64__)
	return "amd64";
#elif defined(__aarch64__)
	return "arm64";
#elif defined(__riscv)
	return "riscv64";
#elif defined(__powerpc64__)
	return "ppc64le";
#elif defined(__s390x__)
	return "s390x";
#elif defined(__arm__)
	return "arm";
#elif defined(__i386__)
	return "386";
#else
	return "unknown";
#endif
}

const char *machine_system(struct arena *a)
{
	static const char key[] = "PRETTY_NAME=";
	const char *p;
	char *text;

	if (io_read_file(a, -1, "/etc/os-release", 1 << 16, &text, NULL) < 0 &&
	    io_read_file(a, -1, "/usr/lib/os-release", 1 << 16, &text, NULL) < 0)
		return "Linux";
	p = strncmp(text, key, strlen(key)) == 0 ? text : strstr(text, "\nPRETTY_NAME=");
	if (!p)
		return "Linux";
	p = strchr(p, '=') + 1;
	p += *p == '"';
	return arena_strndup(a, p, strcspn(p, "\"\n"));
}
