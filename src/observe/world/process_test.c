/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "observe/world/cgroup.h"
#include "observe/world/containers.h"
#include "observe/world/process.h"

static char buf[1 << 16];
static struct arena arena;

static int fresh(void **state)
{
	arena = (struct arena)ARENA_INIT(buf);
	memset(buf, 0, sizeof(buf));
	return 0;
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static enum process_sort stat_of(const char *text, struct world_process *p)
{
	*p = (struct world_process){ 0 };
	return process_parse_stat(arena_strdup(&arena, text), p);
}

static void a_name_cannot_pretend_to_be_the_rest_of_the_line(void **state)
{
	struct world_process p;

	assert_int_equal(
		stat_of("42 (a) Z 1 (b) S 7 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 9876 1 2", &p),
		PROCESS_ALIVE);
	assert_string_equal(p.comm, "a) Z 1 (b");
	assert_int_equal(p.parent, 7);
	assert_int_equal(p.start_time, 9876);
}

static void the_ended_and_the_kernels_own_are_told_apart(void **state)
{
	struct world_process p;

	assert_int_equal(stat_of("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0", &p),
			 PROCESS_KERNEL);
	assert_int_equal(stat_of("3 (x) Z 1 3 3 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0", &p),
			 PROCESS_ENDED);
	assert_int_equal(stat_of("3 (x) S 1 3", &p), PROCESS_GARBLED);
	assert_int_equal(stat_of("", &p), PROCESS_GARBLED);
	assert_int_equal(stat_of(")(", &p), PROCESS_GARBLED);
}

static void status_says_ids_and_rights(void **state)
{
	struct world_process p = { 0 };

	process_parse_status(
		"Name:\tx\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nNSpid:\t4711\t12\t1\nCapInh:\t0000000000000001\n"
		"CapPrm:\t00000000a80425fb\nCapEff:\t0000000000000003\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000004\n"
		"NoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t3\n",
		&p);
	assert_int_equal(p.uid, 1);
	assert_int_equal(p.euid, 2);
	assert_int_equal(p.gid, 5);
	assert_int_equal(p.egid, 6);
	assert_int_equal(p.ns_pid, 1);
	assert_int_equal(p.cap_inh, 1);
	assert_int_equal(p.cap_prm, 0xa80425fb);
	assert_int_equal(p.cap_eff, 3);
	assert_int_equal(p.cap_bnd, 0x1ffffffffff);
	assert_int_equal(p.cap_amb, 4);
	assert_true(p.no_new_privs);
	assert_int_equal(p.seccomp, 2);
	assert_int_equal(p.seccomp_filters, 3);
}

static void argv_is_bounded_and_may_lack_its_last_end(void **state)
{
	struct world_process p = { 0 };
	char many[400];

	process_parse_argv(&arena, "a\0\0b c", 6, &p);
	assert_int_equal(p.argv.n, 3);
	assert_string_equal(p.argv.v[1], "");
	assert_string_equal(p.argv.v[2], "b c");
	memset(many, 0, sizeof(many));
	p = (struct world_process){ 0 };
	process_parse_argv(&arena, many, sizeof(many), &p);
	assert_int_equal(p.argv.n, 64);
}

static void cgroups_of_both_versions(void **state)
{
	struct world_process p = { 0 };

	process_parse_cgroup(
		&arena, arena_strdup(&arena, "7:cpu,cpuacct:/a:b\nnonsense\n1:name=systemd:/x\n0::/y\n"), &p);
	assert_int_equal(p.n_cgroups, 3);
	assert_string_equal(p.cgroups[0].hierarchy, "cpu,cpuacct");
	assert_string_equal(p.cgroups[0].path, "/a:b");
	assert_string_equal(p.cgroups[2].hierarchy, "");
	assert_string_equal(p.cgroups[2].path, "/y");
}

static void limits_by_the_names_of_setrlimit(void **state)
{
	struct world_process p = { 0 };

	process_parse_limits(
		&arena,
		arena_strdup(
			&arena,
			"Limit                     Soft Limit           Hard Limit           Units     \n"
			"Max open files            1024                 524288               files     \n"
			"Max nice priority         0                    0                    \n"
			"Max unheard of            1                    2                    \n"),
		&p);
	assert_int_equal(p.n_limits, 2);
	assert_string_equal(p.limits[0].name, "nofile");
	assert_string_equal(p.limits[0].value, "1024:524288");
	assert_string_equal(p.limits[1].value, "0:0");
}

static void maps_and_namespaces(void **state)
{
	assert_string_equal(
		process_parse_map(&arena,
				  "         0       1000          1\n         1     100000      65536\n"),
		"0 1000 1, 1 100000 65536");
	assert_string_equal(process_parse_map(&arena, ""), "");
	assert_int_equal(process_parse_ns("net:[4026531840]"), 4026531840);
	assert_int_equal(process_parse_ns("net"), 0);
}

static void below_what_is_mounted(void **state)
{
	assert_string_equal(cgroup_below("/a/b", "/"), "/a/b");
	assert_string_equal(cgroup_below("/", "/"), "");
	assert_string_equal(cgroup_below("/a/b", "/a"), "/b");
	assert_string_equal(cgroup_below("/a", "/a"), "");
	assert_null(cgroup_below("/ab", "/a"));
	assert_null(cgroup_below("/../b", "/"));
}

static void is_cgroup(const char *path, const char *engine, const char *id)
{
	struct container_word w;

	assert_int_equal(container_of_cgroup(&arena, path, &w), engine != NULL);
	if (engine) {
		assert_string_equal(w.engine, engine);
		assert_string_equal(w.id, id);
	}
}

static void engines_by_the_path_of_a_cgroup(void **state)
{
	is_cgroup("/docker/" ID, "docker", ID);
	is_cgroup("/system.slice/docker-" ID ".scope", "docker", ID);
	is_cgroup("/machine.slice/libpod-" ID ".scope/container", "podman", ID);
	is_cgroup("/libpod_parent/libpod-" ID, "podman", ID);
	is_cgroup("/machine.slice/libpod-conmon-" ID ".scope", NULL, NULL);
	is_cgroup("/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope", "containerd", ID);
	is_cgroup("/kubepods/burstable/pod1/" ID, "containerd", ID);
	is_cgroup("/lxc.payload.web/x", "lxc", "web");
	is_cgroup("/guise/" ID, "guise", ID);
	is_cgroup("/docker/abc", NULL, NULL);
	is_cgroup("/docker", NULL, NULL);
	is_cgroup("/", NULL, NULL);
	/* what a container names its own cgroups counts for nothing */
	is_cgroup("/lxc.payload.evil/docker/" ID, "lxc", "evil");
}

static struct strv words(const char *const *v)
{
	struct strv list = { 0 };

	while (*v)
		strv_push(&arena, &list, *v++);
	return list;
}

static void engines_by_what_they_leave_beside(void **state)
{
	struct strv conmon = words((const char *[]){ "/usr/bin/conmon", "--api-version", "1", "-c", ID, "-u",
						     ID, "-b", "/s/overlay-containers/" ID "/userdata", "-n",
						     "web", NULL });
	struct strv shim = words((const char *[]){ "/usr/bin/containerd-shim-runc-v2", "-namespace",
						   "default", "-id", "c1", NULL });
	struct strv lxc = words((const char *[]){ "[lxc monitor] /var/lib/lxc web", NULL });
	struct strv odd = words((const char *[]){ "conmon", "-c", NULL });
	struct container_word w;

	assert_true(container_of_argv(&arena, "conmon", &conmon, &w));
	assert_string_equal(w.engine, "podman");
	assert_string_equal(w.id, ID);
	assert_string_equal(w.name, "web");
	assert_true(container_of_argv(&arena, "containerd-shim", &shim, &w));
	assert_string_equal(w.engine, "containerd");
	assert_string_equal(w.id, "c1");
	shim.v[2] = "moby";
	assert_true(container_of_argv(&arena, "containerd-shim", &shim, &w));
	assert_string_equal(w.engine, "docker");
	shim.v[4] = "../x";
	assert_false(container_of_argv(&arena, "containerd-shim", &shim, &w));
	assert_true(container_of_argv(&arena, "lxc-start", &lxc, &w));
	assert_string_equal(w.name, "web");
	assert_string_equal(w.bundle, "/var/lib/lxc");
	assert_false(container_of_argv(&arena, "conmon", &odd, &w));
	assert_false(container_of_argv(&arena, "conmon", &(struct strv){ 0 }, &w));
}

static void nameservers(void **state)
{
	struct strv list = { 0 };

	resolvers_parse(
		&arena,
		"# x\nnameserver 10.0.0.1 # y\n nameserver\tfd00::1\nnameserver\nnameserverx 1\nsearch a\nnameserver 9.9.9.9",
		&list);
	assert_int_equal(list.n, 3);
	assert_string_equal(list.v[0], "10.0.0.1");
	assert_string_equal(list.v[1], "fd00::1");
	assert_string_equal(list.v[2], "9.9.9.9");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_name_cannot_pretend_to_be_the_rest_of_the_line, fresh),
		cmocka_unit_test_setup(the_ended_and_the_kernels_own_are_told_apart, fresh),
		cmocka_unit_test_setup(status_says_ids_and_rights, fresh),
		cmocka_unit_test_setup(argv_is_bounded_and_may_lack_its_last_end, fresh),
		cmocka_unit_test_setup(cgroups_of_both_versions, fresh),
		cmocka_unit_test_setup(limits_by_the_names_of_setrlimit, fresh),
		cmocka_unit_test_setup(maps_and_namespaces, fresh),
		cmocka_unit_test_setup(below_what_is_mounted, fresh),
		cmocka_unit_test_setup(engines_by_the_path_of_a_cgroup, fresh),
		cmocka_unit_test_setup(engines_by_what_they_leave_beside, fresh),
		cmocka_unit_test_setup(nameservers, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
