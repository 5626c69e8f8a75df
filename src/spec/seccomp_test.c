/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading profiles, and what the default one allows: loaded in a child, and tried. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/str.h"
#include "kernel/process/caps.h"
#include "kernel/seccomp/default.h"
#include "kernel/seccomp/names.h"
#include "kernel/seccomp/seccomp.h"
#include "spec/seccomp.h"

static struct err err;
static char line[1024];

static int parse(struct arena *a, const char *text, struct seccomp_profile *p)
{
	int n = spec_seccomp_parse(a, text, strlen(text), "p.json", NULL, p, &err);

	if (n < 0)
		err_line(&err, line, sizeof(line));
	return n;
}

static void good(void **state)
{
	struct arena a = { 0 };
	struct seccomp_profile p;

	assert_int_equal(
		parse(&a,
		      "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_X86_64\"],"
		      "\"flags\":[\"SECCOMP_FILTER_FLAG_LOG\"],\"unknown\":1,\"syscalls\":["
		      "{\"names\":[\"read\",\"nonsense\"],\"action\":\"SCMP_ACT_ALLOW\",\"includes\":{},"
		      "\"args\":[{\"index\":5,\"value\":18446744073709551615,\"op\":\"SCMP_CMP_GE\"}]},"
		      "{\"names\":[\"write\"],\"action\":\"SCMP_ACT_TRACE\",\"errnoRet\":7,\"args\":["
		      "{\"index\":1,\"value\":255,\"valueTwo\":3,\"op\":\"SCMP_CMP_MASKED_EQ\"},"
		      "{\"index\":1,\"value\":9,\"op\":\"SCMP_CMP_EQ\"}]}]}",
		      &p),
		0);
	assert_int_equal(p.default_action, SECCOMP_RET_ERRNO | EPERM);
	assert_true(p.enosys_for_newer);
	assert_int_equal(p.n_arches, 1);
	assert_int_equal(p.flags, SECCOMP_FILTER_FLAG_LOG);
	assert_int_equal(p.n_rules, 3); /* the second one's conditions are alternatives */
	assert_int_equal(p.rules[0].n_names, 2);
	assert_true(p.rules[0].args[0].value == UINT64_MAX);
	assert_int_equal(p.rules[1].action, SECCOMP_RET_TRACE | 7);
	assert_int_equal(p.rules[1].args[0].mask, 255);
	assert_int_equal(p.rules[1].args[0].value, 3);
	assert_int_equal(p.rules[2].n_args, 1);
	assert_int_equal(p.rules[2].args[0].value, 9);

	assert_int_equal(
		parse(&a,
		      "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/run/s\",\"syscalls\":"
		      "[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_NOTIFY\"}]}",
		      &p),
		0);
	assert_int_equal(p.flags, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	assert_string_equal(p.listener_path, "/run/s");
	arena_free(&a);
}

#define RULE(text) "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[" text "]}"

static void hostile(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "", "line 1, column 1: it ends too early" },
		{ "{\n \"a\": tru", "line 2" },
		{ "[]", "not a JSON object" },
		{ "{} x", "line 1, column 4" },
		{ "{}", "defaultAction: missing" },
		{ "{\"defaultAction\":null}", "defaultAction: missing" },
		{ "{\"defaultAction\":1}", "defaultAction: must be a string" },
		{ "{\"defaultAction\":\"SCMP_ACT_MAYBE\"}", "unknown action SCMP_ACT_MAYBE" },
		{ "{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "cannot be the default" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\\u0000\"}", "NUL" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}", "from 0 to 4095" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":-1}", "from 0 to 4095" },
		{ "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1.5}", "whole number" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}", "carries no error number" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_Z80\"]}",
		  "SCMP_ARCH_Z80" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"X\"]}", "unknown flag X" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"archMap\":{}}", "archMap: must be an array" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":{}}", "syscalls: must be an array" },
		{ RULE("7"), "syscalls[0]: must be an object" },
		{ RULE("{\"names\":[],\"action\":\"SCMP_ACT_LOG\"}"), "syscalls[0].names: missing or empty" },
		{ RULE("{\"names\":[3],\"action\":\"SCMP_ACT_LOG\"}"),
		  "syscalls[0].names[0]: must be a string" },
		{ RULE("{\"names\":[\"a\"]}"), "syscalls[0].action: missing" },
		{ RULE("{\"names\":[\"a\"],\"action\":\"SCMP_ACT_NOTIFY\"}"), "listenerPath: missing" },
		{ RULE("{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"includes\":[]}"),
		  "syscalls[0].includes: must be an object" },
		{ RULE("{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":6,\"value\":0,"
		       "\"op\":\"SCMP_CMP_EQ\"}]}"),
		  "syscalls[0].args[0].index: must be from 0 to 5" },
		{ RULE("{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":1,\"value\":-1,"
		       "\"op\":\"SCMP_CMP_EQ\"}]}"),
		  "syscalls[0].args[0].value: must be from 0" },
		{ RULE("{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"args\":[{\"index\":1,\"value\":1,"
		       "\"op\":\"==\"}]}"),
		  "syscalls[0].args[0].op: unknown operator ==" },
		{ "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "nesting" },
		{ "{\"defaultAction\":\"\xff\"}", "line 1" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = { 0 };
		struct seccomp_profile p;
		if (parse(&a, cases[i].text, &p) != -EINVAL)
			fail_msg("accepted: %s", cases[i].text);
		if (!strstr(line, cases[i].message) || !strstr(line, "p.json"))
			fail_msg("%s: %s", cases[i].text, line);
		assert_string_equal(err.code, "seccomp-profile");
		arena_free(&a);
	}
}

/* docker's own form: each rule is called by a letter. */
static void engine_form(void **state)
{
	/* clang-format off */
	static const char text[] = "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"archMap\":["
		"{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]},"
		"{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]}],\"syscalls\":["
#define CONDITIONED(name, conditions) "{\"names\":[\"" name "\"],\"action\":\"SCMP_ACT_ALLOW\"," conditions "}"
		CONDITIONED("a", "\"includes\":{},\"excludes\":{}") ","
		CONDITIONED("b", "\"includes\":{\"caps\":[\"CAP_KILL\",\"CAP_SYS_ADMIN\"]}") ","
		CONDITIONED("c", "\"excludes\":{\"caps\":[\"CAP_SYS_ADMIN\",\"CAP_NONE\"]}") ","
		CONDITIONED("d", "\"includes\":{\"arches\":[\"amd64\",\"x32\"]}") ","
		CONDITIONED("e", "\"excludes\":{\"arches\":[\"arm64\"]}") ","
		CONDITIONED("f", "\"includes\":{\"minKernel\":\"4.8\"}") ","
		CONDITIONED("g", "\"excludes\":{\"minKernel\":\"4.8\"}") ","
		CONDITIONED("h", "\"includes\":{\"caps\":[\"CAP_KILL\"],\"minKernel\":\"6.10\"}") ","
		"{\"name\":\"i\",\"action\":\"SCMP_ACT_ALLOW\"}]}";
	/* clang-format on */
	static const struct {
		struct seccomp_host host;
		const char *rules;
		size_t n_arches;
	} rows[] = {
		{ { 0, AUDIT_ARCH_X86_64, 4, 7 }, "acdegi", 2 },
		{ { CAPS_BIT(CAP_KILL), AUDIT_ARCH_X86_64, 6, 9 }, "acdefi", 2 },
		{ { CAPS_ALL, AUDIT_ARCH_AARCH64, 6, 10 }, "abfhi", 1 },
		{ { CAPS_BIT(CAP_SYS_ADMIN), AUDIT_ARCH_RISCV64, 10, 0 }, "aefi", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = { 0 };
		struct seccomp_profile p;
		char rules[16] = "";

		assert_int_equal(
			spec_seccomp_parse(&a, text, sizeof(text) - 1, "p.json", &rows[i].host, &p, &err), 0);
		for (size_t k = 0; k < p.n_rules; k++)
			strcat(rules, p.rules[k].names[0]);
		assert_string_equal(rules, rows[i].rules);
		assert_int_equal(p.n_arches, rows[i].n_arches);
		arena_free(&a);
	}
}

static void engine_form_refused(void **state)
{
	static const struct seccomp_host host = { 0, AUDIT_ARCH_X86_64, 6, 1 };
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ RULE("{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"includes\":{\"cap\":[]}}"),
		  "syscalls[0].includes.cap: an unknown condition" },
		{ RULE("{\"names\":[\"a\"],\"action\":\"SCMP_ACT_LOG\",\"excludes\":{\"minKernel\":\"4\"}}"),
		  "syscalls[0].excludes.minKernel: 4 is not a version as 4.8" },
		{ "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86\"],\"archMap\":[{}]}",
		  "archMap: excludes \"architectures\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena a = { 0 };
		struct seccomp_profile p;
		const char *text = cases[i].text;

		assert_int_equal(spec_seccomp_parse(&a, text, strlen(text), "p.json", &host, &p, &err),
				 -EINVAL);
		if (!strstr(err_line(&err, line, sizeof(line)), cases[i].message))
			fail_msg("%s", line);
		arena_free(&a);
	}
}

static void hidden_tail(void **state)
{
	static const char text[] = "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}\0{}";
	struct arena a = { 0 };
	struct seccomp_profile p;

	assert_int_equal(spec_seccomp_parse(&a, text, sizeof(text) - 1, "p.json", NULL, &p, &err), -EINVAL);
	assert_non_null(strstr(err.cause, "something follows"));
	arena_free(&a);
}

/* Every truncation of the default profile is refused, and none crashes. */
static void truncated(void **state)
{
	for (size_t len = 0; len + 2 < seccomp_default_json_len; len += 7) {
		struct arena a = { 0 };
		struct seccomp_profile p;
		assert_int_equal(spec_seccomp_parse(&a, seccomp_default_json, len, "t", NULL, &p, &err),
				 -EINVAL);
		arena_free(&a);
	}
}

static void default_profile(struct arena *a, uint64_t caps, struct seccomp_profile *p)
{
	assert_int_equal(spec_seccomp_parse(a, seccomp_default_json, seccomp_default_json_len, "default.json",
					    NULL, p, &err),
			 0);
	if (caps)
		assert_int_equal(spec_seccomp_allow(a, seccomp_caps_json, seccomp_caps_json_len, "caps.json",
						    caps, p, NULL, &err),
				 0);
}

/* A name that no architecture of the profile has is a typing error. */
static void every_name_is_known(void **state)
{
	struct arena a = { 0 };
	struct seccomp_profile p;

	default_profile(&a, CAPS_ALL, &p);
	for (size_t i = 0; i < p.n_rules; i++)
		for (size_t j = 0; j < p.rules[i].n_names; j++) {
			bool known = false;
			for (size_t k = 0; k < p.n_arches; k++)
				known |= seccomp_call_number(p.rules[i].names[j], p.arches[k]) >= 0;
			if (!known)
				fail_msg("%s", p.rules[i].names[j]);
		}
	arena_free(&a);
}

static void embedded_is_current(void **state)
{
	struct arena a = { 0 };
	struct seccomp_profile p;
	struct seccomp_filter f;

	default_profile(&a, 0, &p);
	assert_int_equal(seccomp_compile(&a, &p, 0, &f, &err), 0);
	assert_int_equal(f.count, seccomp_default.count);
	assert_memory_equal(f.insns, seccomp_default.insns, f.count * sizeof(*f.insns));
	assert_false(seccomp_default_caps & CAPS_DEFAULT);
	assert_true(seccomp_default_caps & CAPS_BIT(CAP_SYS_ADMIN));
	assert_int_equal(seccomp_compile(&a, &p, AUDIT_ARCH_AARCH64, &f, &err), 0);
	assert_int_equal(seccomp_compile(&a, &p, AUDIT_ARCH_RISCV64, &f, &err), 0);
	arena_free(&a);
}

/* Run fn below a filter, in a child. It returns NULL or what went wrong. */
static void below(const struct seccomp_filter *f, const char *(*fn)(void))
{
	int fds[2], status;
	char said[200] = "";
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		const char *wrong = NULL;
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (seccomp_filter_load(f) < 0)
			wrong = err_line(&err, line, sizeof(line));
		else
			wrong = fn();
		if (wrong && write(fds[1], wrong, strlen(wrong)) < 0)
			_exit(2);
		_exit(wrong != NULL);
	}
	close(fds[1]);
	n = read(fds[0], said, sizeof(said) - 1);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (n > 0)
		fail_msg("%s", said);
	assert_int_equal(status, 0);
}

/* A call that must fail like this. All are harmless if they do not: their arguments make no sense. */
struct refused {
	const char *what;
	long nr;
	unsigned long a, b;
	int no;
};

static const char *refuse(const struct refused *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		errno = 0;
		long got = syscall(list[i].nr, list[i].a, list[i].b, 0, 0, 0, 0);
		if (got != -1 || errno != list[i].no) {
			snprintf(line, sizeof(line), "%s: %ld, errno %d", list[i].what, got, errno);
			return line;
		}
	}
	return NULL;
}

static bool has_mseal; /* Linux 6.10 */

static const char *refusals(void)
{
	static const struct refused list[] = {
		{ "mount", SYS_mount, 0, 0, EPERM },
		{ "umount2", SYS_umount2, 0, 0, EPERM },
		{ "unshare nothing", SYS_unshare, 0, 0, EPERM },
		{ "setns", SYS_setns, -1ul, 0, EPERM },
		{ "keyctl", SYS_keyctl, 99, 0, EPERM },
		{ "add_key", SYS_add_key, 0, 0, EPERM },
		{ "bpf", SYS_bpf, -1ul, 0, EPERM },
		{ "perf_event_open", SYS_perf_event_open, 0, 0, EPERM },
		{ "userfaultfd", SYS_userfaultfd, -1ul, 0, EPERM },
		{ "io_uring_setup", SYS_io_uring_setup, 0, 0, EPERM },
		{ "pivot_root", SYS_pivot_root, 0, 0, EPERM },
		{ "open_by_handle_at", SYS_open_by_handle_at, -1ul, 0, EPERM },
		{ "fsopen", SYS_fsopen, 0, 0, EPERM },
		{ "clone(CLONE_NEWUSER)", SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, EPERM },
		{ "clone(CLONE_NEWNS), upper half set", SYS_clone, CLONE_NEWNS | 1ul << 40, 0, EPERM },
		{ "clone3", SYS_clone3, 0, 0, ENOSYS },
		{ "a call to come", 999, 0, 0, ENOSYS },
		{ "socket(AF_ALG)", SYS_socket, AF_ALG, SOCK_SEQPACKET, EAFNOSUPPORT },
		{ "socket(AF_VSOCK)", SYS_socket, AF_VSOCK, SOCK_STREAM, EAFNOSUPPORT },
		{ "socket(AF_VSOCK), upper half set", SYS_socket, AF_VSOCK | 1ul << 32, SOCK_STREAM,
		  EAFNOSUPPORT },
		{ "ioctl(TIOCSTI)", SYS_ioctl, -1ul, TIOCSTI, EPERM },
		{ "ioctl(TIOCSTI), upper half set", SYS_ioctl, -1ul, TIOCSTI | 1ul << 32, EPERM },
		{ "ioctl(TIOCLINUX)", SYS_ioctl, -1ul, TIOCLINUX, EPERM },
		{ "personality(ADDR_NO_RANDOMIZE)", SYS_personality, ADDR_NO_RANDOMIZE, 0, EPERM },
#ifdef __x86_64__
		{ "x32 getpid", 0x40000000 | SYS_getpid, 0, 0, ENOSYS },
#endif
		/* and allowed: the kernel's own answer */
		{ "ioctl(TCGETS)", SYS_ioctl, -1ul, TCGETS, EBADF },
		{ "ptrace", SYS_ptrace, 99, 0, ESRCH },
		{ "landlock_restrict_self", SYS_landlock_restrict_self, -1ul, 1u << 31, EINVAL },
		{ "mseal", 462, 1, 0, EINVAL }, /* the last one: see below */
	};

	if (personality(0xffffffff) < 0)
		return "personality(0xffffffff) is refused";
	if (socket(AF_UNIX, SOCK_STREAM, 0) < 0 || socket(AF_NETLINK, SOCK_RAW, 0) < 0)
		return "ordinary sockets are refused";
	return refuse(list, ARRAY_LEN(list) - !has_mseal);
}

static void *thread(void *arg)
{
	*(int *)arg = 1;
	return NULL;
}

/* glibc tries clone3 first. */
static const char *programs(void)
{
	pthread_t t;
	int ran = 0, status;

	if (pthread_create(&t, NULL, thread, &ran) || pthread_join(t, NULL) || !ran)
		return "no threads";
	status = system("x=$(echo a | cat; ls / | sort | tail -1) && sleep 0.01 && "
			"test \"${x%%?*}\" = '' && exec true");
	return status == 0 ? NULL : "sh does not run";
}

static void refused(void **state)
{
	has_mseal = syscall(462, 1, 0, 0) < 0 && errno != ENOSYS;
	below(&seccomp_default, refusals);
}

static void ordinary_programs_run(void **state)
{
	below(&seccomp_default, programs);
}

static const char *administrator(void)
{
	static const struct refused list[] = {
		{ "setns", SYS_setns, -1ul, 0, EBADF },
		{ "clone3", SYS_clone3, 0, 0, EINVAL },
		{ "acct", SYS_acct, 1, 0, EPERM }, /* another capability's */
		{ "ioctl(TIOCSTI)", SYS_ioctl, -1ul, TIOCSTI, EPERM },
	};

	if (unshare(0) < 0)
		return "unshare is refused";
	return refuse(list, ARRAY_LEN(list));
}

static void capabilities_open(void **state)
{
	struct arena a = { 0 };
	struct seccomp_profile p;
	struct seccomp_filter f;

	default_profile(&a, CAPS_BIT(CAP_SYS_ADMIN), &p);
	assert_int_equal(seccomp_compile(&a, &p, 0, &f, &err), 0);
	below(&f, administrator);

	static const char bad[] = "{\"capabilities\":{\"CAP_X\":[]}}";
	assert_int_equal(spec_seccomp_allow(&a, bad, sizeof(bad) - 1, "c", CAPS_ALL, &p, NULL, &err),
			 -EINVAL);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(hostile),
		cmocka_unit_test(engine_form),
		cmocka_unit_test(engine_form_refused),
		cmocka_unit_test(hidden_tail),
		cmocka_unit_test(truncated),
		cmocka_unit_test(every_name_is_known),
		cmocka_unit_test(embedded_is_current),
		cmocka_unit_test(refused),
		cmocka_unit_test(ordinary_programs_run),
		cmocka_unit_test(capabilities_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
