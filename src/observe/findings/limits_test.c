/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/str.h"
#include "observe/findings/finding.h"

static struct arena a;

/* A container, web, in /guise/web of one hierarchy; "FILE=VALUE" of its cgroup, of the one above and of the root. */
struct made {
	const char *hierarchy, *own[6], *above[6];
};

static struct world_cgroup cgroup(const struct made *m, const char *path, const char *const *lines)
{
	struct world_cgroup g = { .hierarchy = m->hierarchy, .mount = "/cg", .path = path };

	for (size_t i = 0; lines && lines[i]; i++) {
		size_t len = strcspn(lines[i], "=");
		struct world_setting s = { arena_strndup(&a, lines[i], len), lines[i] + len + 1 };

		arena_push(&a, g.settings, g.n_settings, s);
	}
	return g;
}

static struct finding *look(const struct made *m, const char *hint, size_t *n)
{
	static struct world_netns host = { .inode = 1, .is_host = true };
	static struct world_process process;
	static struct world_container web;
	static struct world_member member;
	struct world_setting *hints = arena_new(&a, struct world_setting);
	struct world w = { .arena = &a, .netns = &host, .n_netns = 1 };
	struct findings out;

	member = (struct world_member){ m->hierarchy, "/guise/web" };
	process = (struct world_process){ .pid = 10, .cgroups = &member, .n_cgroups = 1 };
	process.ns[WORLD_NS_NET] = 1;
	*hints = (struct world_setting){ hint, "1" };
	web = (struct world_container){ .engine = "guise",
					.id = "aa",
					.name = "web",
					.pid = 10,
					.netns = 1,
					.cgroup = "/guise/web",
					.hints = hints,
					.n_hints = hint != NULL };
	w.processes = &process;
	w.n_processes = 1;
	w.containers = &web;
	w.n_containers = 1;
	arena_push(&a, w.cgroups, w.n_cgroups, cgroup(m, "/guise/web", m->own));
	arena_push(&a, w.cgroups, w.n_cgroups, cgroup(m, "/guise", m->above));
	arena_push(&a, w.cgroups, w.n_cgroups, cgroup(m, "/", NULL));
	findings(&w, NULL, &a, &out);
	*n = out.n;
	return out.v;
}

static void nothing(const struct made m)
{
	size_t n;

	look(&m, NULL, &n);
	assert_int_equal(n, 0);
}

static const struct finding *only(const struct made m, const char *code, const char *object)
{
	size_t n;
	const struct finding *f = look(&m, NULL, &n);

	assert_int_equal(n, 1);
	assert_string_equal(f->code, code);
	assert_string_equal(f->object, object);
	assert_string_equal(f->target, "web");
	assert_true(f->evidence.n > 0);
	assert_non_null(f->effect);
	return f;
}

static void assert_writes(const struct finding *f, size_t i, const char *file, const char *value)
{
	assert_true(i < f->repair.count);
	assert_string_equal(f->repair.steps[i].cgroup_set.file, file);
	assert_string_equal(f->repair.steps[i].cgroup_set.value, value);
}

static void memory_near(void **state)
{
	const struct finding *f;

	f = only((struct made){ "",
				{ "memory.max=1000000", "memory.current=990000",
				  "memory.stat=anon 960000\ninactive_file 1000\nactive_file 0" } },
		 "limit-memory", "/cg/guise/web");
	assert_int_equal(f->certainty, CERTAINTY_FAULT);
	assert_writes(f, 0, "memory.max", "2000000");
	/* cache is given up */
	nothing((struct made){ "",
			       { "memory.max=1000000", "memory.current=990000",
				 "memory.stat=anon 1000\ninactive_file 500000\nactive_file 0" } });
	nothing((struct made){
		"", { "memory.max=max", "memory.current=990000", "memory.stat=inactive_file 0" } });
	/* of v1, the limit of one above, and what must grow before it */
	f = only(
		(struct made){
			"memory",
			{ "memory.limit_in_bytes=9223372036854771712", "memory.usage_in_bytes=970000" },
			{ "memory.limit_in_bytes=1000000", "memory.usage_in_bytes=970000",
			  "memory.memsw.limit_in_bytes=1500000", "memory.stat=total_inactive_file 0" } },
		"limit-memory", "/cg/guise");
	assert_writes(f, 0, "memory.memsw.limit_in_bytes", "2500000");
	assert_writes(f, 1, "memory.limit_in_bytes", "2000000");
}

static void killed(void **state)
{
	only((struct made){ "",
			    { "memory.max=1000", "memory.peak=1000", "memory.events=low 0\noom 1\noom_kill 1",
			      "memory.events.local=oom 1" } },
	     "limit-oom", "/cg/guise/web");
	only((struct made){ "",
			    { "memory.max=max", "memory.events=oom 0\noom_kill 1",
			      "memory.events.local=oom 0" },
			    { "memory.max=1000", "memory.peak=1000", "memory.events.local=oom 1" } },
	     "limit-oom", "/cg/guise");
	only((struct made){ "memory",
			    { "memory.limit_in_bytes=1000", "memory.failcnt=7",
			      "memory.max_usage_in_bytes=1000",
			      "memory.oom_control=oom_kill_disable 0\nunder_oom 0\noom_kill 2" } },
	     "limit-oom", "/cg/guise/web");
	/* the limit has grown since */
	nothing((struct made){ "",
			       { "memory.max=2000", "memory.peak=1000", "memory.events=oom 1\noom_kill 1",
				 "memory.events.local=oom 1" } });
	/* the machine had none left: nobody's limit */
	nothing((struct made){
		"", { "memory.max=2000", "memory.events=oom 0\noom_kill 1", "memory.events.local=oom 0" } });
}

static void throttled(void **state)
{
	const struct finding *f;

	f = only((struct made){ "",
				{ "cpu.max=10000 100000",
				  "cpu.stat=usage_usec 1000000\nnr_periods 100\nnr_throttled 90" } },
		 "limit-cpu", "/cg/guise/web");
	assert_writes(f, 0, "cpu.max", "20000 100000");
	only((struct made){ "cpu,cpuacct",
			    { "cpu.cfs_quota_us=10000", "cpu.cfs_period_us=100000",
			      "cpuacct.usage=1000000000", "cpu.stat=nr_periods 100\nnr_throttled 90" } },
	     "limit-cpu", "/cg/guise/web");
	nothing((struct made){
		"",
		{ "cpu.max=10000 100000", "cpu.stat=usage_usec 1000000\nnr_periods 100\nnr_throttled 3" } });
	/* under a quota that has grown since */
	nothing((struct made){
		"",
		{ "cpu.max=20000 100000", "cpu.stat=usage_usec 1000000\nnr_periods 100\nnr_throttled 90" } });
	nothing((struct made){
		"", { "cpu.max=max 100000", "cpu.stat=usage_usec 1\nnr_periods 0\nnr_throttled 0" } });
}

static void processes(void **state)
{
	assert_writes(only((struct made){ "", { "pids.max=5", "pids.current=5", "pids.events=max 0" } },
			   "limit-pids", "/cg/guise/web"),
		      0, "pids.max", "11");
	only((struct made){ "pids", { "pids.max=5", "pids.current=1", "pids.peak=5", "pids.events=max 3" } },
	     "limit-pids", "/cg/guise/web");
	only((struct made){ "pids",
			    { "pids.max=max", "pids.current=2" },
			    { "pids.max=2", "pids.current=2" } },
	     "limit-pids", "/cg/guise");
	nothing((struct made){ "pids",
			       { "pids.max=5", "pids.current=4", "pids.peak=4", "pids.events=max 0" } });
	nothing((struct made){ "pids",
			       { "pids.max=11", "pids.current=4", "pids.peak=5", "pids.events=max 3" } });
}

static void not_in_force(void **state)
{
	struct made m = { "memory", { "memory.limit_in_bytes=1000" } }, v2 = { "" };
	size_t n;
	const struct finding *f;

	look(&m, "limit /cg/guise/web/memory.limit_in_bytes", &n);
	assert_int_equal(n, 0);
	f = look(&m, "limit /cg/elsewhere/memory.limit_in_bytes", &n);
	assert_int_equal(n, 1);
	assert_string_equal(f->code, "limit-controller");
	assert_writes(f, 0, "cgroup.procs", "10");
	f = look(&v2, "limit /cg/guise/web/memory.max", &n);
	assert_int_equal(n, 1);
	assert_string_equal(f->code, "limit-controller");
	assert_string_equal(f->repair.steps[0].cgroup_set.path, "/cg/guise");
	assert_writes(f, 0, "cgroup.subtree_control", "+memory");
	assert_writes(f, 1, "memory.max", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_near), cmocka_unit_test(killed),       cmocka_unit_test(throttled),
		cmocka_unit_test(processes),   cmocka_unit_test(not_in_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
