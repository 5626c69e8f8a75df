/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "observe/world/read.h"

static char buf[1 << 16];
static struct arena arena = ARENA_INIT(buf);

static struct world_member in_web = { "", "/guise/aa11" }, in_unit = { "", "/system.slice/cron.service/x" };
static struct world_member in_first[] = { { "cpu,cpuacct", "/" }, { "name=systemd", "/" } };
static struct world_netns netns[] = {
	{ .inode = 1, .is_host = true, .pid = 1 },
	{ .inode = 2, .name = "net1" },
	{ .inode = 3, .pid = 10 },
};
static struct world_process processes[] = {
	{ .pid = 1, .ns = { [WORLD_NS_NET] = 1 }, .cgroups = in_first, .n_cgroups = ARRAY_LEN(in_first) },
	{ .pid = 10, .start_time = 5, .ns = { [WORLD_NS_NET] = 3 }, .cgroups = &in_web, .n_cgroups = 1 },
	{ .pid = 11, .start_time = 6, .ns = { [WORLD_NS_NET] = 3 }, .cgroups = &in_web, .n_cgroups = 1 },
	{ .pid = 12, .start_time = 7, .ns = { [WORLD_NS_NET] = 1 }, .cgroups = &in_unit, .n_cgroups = 1 },
};
static struct world_container containers[] = {
	{ .engine = "guise", .id = "aa11", .name = "web", .pid = 10, .netns = 3, .cgroup = "/guise/aa11" },
	{ .engine = "docker", .id = "bb22", .name = "web" },
	{ .engine = "docker", .id = "bb33", .name = "db" },
	{ .engine = "podman", .id = "cc44", .name = "db" },
	{ .engine = "containerd", .id = "aa11", .name = "again", .pid = 10 },
};
static const struct world world = {
	.arena = &arena,
	.netns = netns,
	.n_netns = ARRAY_LEN(netns),
	.processes = processes,
	.n_processes = ARRAY_LEN(processes),
	.containers = containers,
	.n_containers = ARRAY_LEN(containers),
};

static struct world_target t;
static struct err e;

static int find(const char *text)
{
	e = (struct err){ 0 };
	return world_target(&world, text, &t, &e);
}

static void a_name_is_guises_own_first(void **state)
{
	assert_int_equal(find("web"), 0);
	assert_ptr_equal(t.container, &containers[0]);
	assert_ptr_equal(t.process, &processes[1]);
	assert_ptr_equal(t.netns, &netns[2]);
	assert_string_equal(t.cgroup, "/guise/aa11");
	assert_int_equal(find("docker:web"), 0);
	assert_ptr_equal(t.container, &containers[1]);
	assert_null(t.process);
}

static void an_id_and_its_beginning(void **state)
{
	assert_int_equal(find("aa11"), 0);
	assert_ptr_equal(t.container, &containers[0]);
	assert_int_equal(find("cc"), 0);
	assert_ptr_equal(t.container, &containers[3]);
	assert_int_equal(find("bb"), -EINVAL);
	assert_string_equal(e.code, "ambiguous-target");
}

static void candidates_are_named(void **state)
{
	assert_int_equal(find("db"), -EINVAL);
	assert_string_equal(e.code, "ambiguous-target");
	assert_non_null(strstr(e.cause, "docker:db, podman:db"));
	assert_int_equal(find("podman:db"), 0);
}

static void processes_namespaces_and_cgroups(void **state)
{
	assert_int_equal(find("pid:11"), 0);
	assert_ptr_equal(t.process, &processes[2]);
	assert_null(t.container);
	assert_int_equal(find("netns:net1"), 0);
	assert_ptr_equal(t.netns, &netns[1]);
	assert_null(t.process);
	assert_int_equal(find("netns:3"), 0);
	assert_ptr_equal(t.process, &processes[1]);
	assert_int_equal(find("cgroup:/guise/aa11/"), 0);
	assert_ptr_equal(t.process, &processes[1]);
	assert_ptr_equal(t.container, &containers[0]);
	assert_int_equal(find("cgroup:/sys/fs/cgroup/cpuacct/guise/aa11"), 0);
	assert_string_equal(t.cgroup, "/guise/aa11");
	assert_int_equal(find("cgroup:/sys/fs/cgroup/guise/aa11"), 0);
	assert_string_equal(t.cgroup, "/guise/aa11");
	assert_int_equal(find("cgroup:/sys/fs/cgroup/systemd/guise/aa11"), 0);
	assert_string_equal(t.cgroup, "/guise/aa11");
	assert_int_equal(find("cgroup:guise"), 0);
	assert_string_equal(t.cgroup, "/guise");
	assert_int_equal(find("cron.service"), 0);
	assert_ptr_equal(t.process, &processes[3]);
	assert_string_equal(t.cgroup, "/system.slice/cron.service");
	assert_int_equal(find("host"), 0);
	assert_ptr_equal(t.netns, &netns[0]);
}

static void what_is_not_there_is_named(void **state)
{
	static const char *const bad[] = { "nobody",          "",          "pid:2",     "pid:",
					   "pid:1x",          "pid:-1",    "netns:",    "netns:net2",
					   "cgroup:/guise/a", "cgroup:",   "n.service", "docker:",
					   "lxc:web",         "oci:nobody" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(find(bad[i]), -ENOENT);
		assert_string_equal(e.code, "no-target");
		assert_non_null(strstr(e.what, bad[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_guises_own_first),
		cmocka_unit_test(an_id_and_its_beginning),
		cmocka_unit_test(candidates_are_named),
		cmocka_unit_test(processes_namespaces_and_cgroups),
		cmocka_unit_test(what_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
