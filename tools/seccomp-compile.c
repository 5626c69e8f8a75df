/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Build-time: compile the default seccomp profile into C source, so that a start needs neither JSON nor
 * libseccomp.
 *
 *     seccomp-compile ARCH default.json caps.json > seccomp_default.c
 *
 * ARCH is Meson's host_machine.cpu_family(). The output defines what src/kernel/seccomp/default.h
 * declares: the program, and the two texts for the containers that were given more capabilities.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/io.h"
#include "base/str.h"
#include "kernel/process/caps.h"
#include "spec/seccomp.h"

static const struct {
	const char *name;
	uint32_t arch;
} machines[] = {
	{ "x86_64", AUDIT_ARCH_X86_64 }, { "x86", AUDIT_ARCH_I386 },        { "aarch64", AUDIT_ARCH_AARCH64 },
	{ "arm", AUDIT_ARCH_ARM },       { "riscv64", AUDIT_ARCH_RISCV64 },
};

static uint32_t machine_arch(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(machines); i++)
		if (str_eq(name, machines[i].name))
			return machines[i].arch;
	return 0;
}

static void print_text(const char *name, const char *text, size_t len)
{
	printf("const char %s[] =\n\t\"", name);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			printf(i + 1 < len ? "\\n\"\n\t\"" : "\\n");
		else if (text[i] == '\t')
			printf("\\t");
		else if (text[i] == '"' || text[i] == '\\')
			printf("\\%c", text[i]);
		else
			putchar(text[i]);
	}
	printf("\";\nconst size_t %s_len = sizeof(%s) - 1;\n\n", name, name);
}

static void print_filter(const struct seccomp_filter *f, uint64_t caps)
{
	printf("static const struct sock_filter insns[] = {\n");
	for (unsigned i = 0; i < f->count; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", f->insns[i].code, f->insns[i].jt, f->insns[i].jf,
		       f->insns[i].k);
	printf("};\n\nconst struct seccomp_filter seccomp_default = {\n"
	       "\t.insns = insns,\n\t.count = %u,\n\t.flags = %#x,\n};\n"
	       "const uint64_t seccomp_default_caps = %#llx;\n\n",
	       f->count, f->flags, (unsigned long long)caps);
}

/* A mark of the compiler and of libseccomp's tables: what they make of all our rules. */
static void print_mark(const struct seccomp_filter *f)
{
	const unsigned char *p = (const unsigned char *)f->insns;
	uint64_t h = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < f->count * sizeof(*f->insns); i++)
		h = (h ^ p[i]) * 0x100000001b3;
	printf("const uint64_t seccomp_compiler_mark = %#llx;\n\n", (unsigned long long)h);
}

static int compile(struct arena *a, char **argv, struct err *e)
{
	struct seccomp_profile profile, opened;
	struct seccomp_filter filter, marked;
	uint32_t arch = machine_arch(argv[1]);
	char *text, *caps_text;
	size_t len, caps_len;
	uint64_t known;
	int n;

	if (!arch)
		return err_set(e, "arch", EINVAL, "compile for %s", argv[1]);
	if ((n = io_read_file(a, AT_FDCWD, argv[2], SPEC_SECCOMP_MAX, &text, &len)) < 0)
		return err_set(e, "read", -n, "read %s", argv[2]);
	if ((n = io_read_file(a, AT_FDCWD, argv[3], SPEC_SECCOMP_MAX, &caps_text, &caps_len)) < 0)
		return err_set(e, "read", -n, "read %s", argv[3]);
	if ((n = spec_seccomp_parse(a, text, len, argv[2], NULL, &profile, e)) < 0)
		return n;
	/* All of it, so that a mistake there fails the build. */
	opened = profile;
	if ((n = spec_seccomp_allow(a, caps_text, caps_len, argv[3], CAPS_ALL, &opened, &known, e)) < 0)
		return n;
	if ((n = seccomp_compile(a, &opened, arch, &marked, e)) < 0)
		return n;
	if ((n = seccomp_compile(a, &profile, arch, &filter, e)) < 0)
		return n;

	printf("/* Made by tools/seccomp-compile.c. */\n#include \"kernel/seccomp/default.h\"\n\n");
	print_filter(&filter, known);
	print_mark(&marked);
	print_text("seccomp_default_json", text, len);
	print_text("seccomp_caps_json", caps_text, caps_len);
	return 0;
}

int main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	char line[1024];
	int n = 0;

	if (argc != 4) {
		fprintf(stderr, "usage: %s ARCH default.json caps.json > seccomp_default.c\n", argv[0]);
		return 2;
	}
	n = compile(&a, argv, &e);
	if (n < 0)
		fprintf(stderr, "%s: %s\n", argv[0], err_line(&e, line, sizeof(line)));
	arena_free(&a);
	return n < 0;
}
