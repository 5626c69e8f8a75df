/* SPDX-License-Identifier: GPL-2.0-or-later */

/* linux.intelRdt in a directory that looks like a resctrl file system: few machines have one. */
#include "plan/steps/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/io.h"
#include "plan/build/oci/oci.h"
#include "plan/compare.h"

static struct arena a;
static char root[] = "/tmp/rdt.XXXXXX";
static struct live live;

static const char *path(const char *below)
{
	return arena_printf(&a, "%s/%s", root, below);
}

static void put(const char *file, const char *text)
{
	assert_int_equal(io_write_file(AT_FDCWD, path(file), text, strlen(text), 0644), 0);
}

static const char *get(const char *file)
{
	char *text;
	size_t len;

	assert_int_equal(io_read_file(&a, AT_FDCWD, path(file), 4096, &text, &len), 0);
	return text;
}

/* What the kernel makes in a new group. */
static void fill(const char *group)
{
	put(arena_printf(&a, "%s/schemata", group), "    L3:0=7ff\n    MB:0=100\n");
	put(arena_printf(&a, "%s/tasks", group), "");
	mkdir(path(arena_printf(&a, "%s/mon_groups", group)), 0755);
}

static int setup(void **state)
{
	live_init(&live, "box", &a, -1);
	live.pid = 4711;
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	io_remove_tree(AT_FDCWD, root);
	arena_free(&a);
	return 0;
}

static struct plan plan_for(const struct oci_intel_rdt *rdt, bool there)
{
	static const char *argv[] = { "sh", NULL };
	struct plan p = { .arena = &a };
	struct oci_config c = {
		.rdt = *rdt, .has_process = true, .process.args = { argv, 1 }, .process.cwd = "/"
	};
	struct oci_facts f = {
		.id = "box", .root = "/r", .scratch = "/s", .resctrl = root, .resctrl_group = there
	};
	struct err e;

	c.rdt.given = true;
	spec_limits_init(&c.limits);
	f.limits.cg = &f.cgroups;
	assert_int_equal(plan_build_oci(&p, &c, &f, &e), 0);
	return p;
}

static int apply(const struct plan *p, enum step_kind kind, struct err *e)
{
	return step_ops(kind)->apply(plan_last(p, kind), &live, e);
}

static void group_of_its_name(void **state)
{
	struct plan p = plan_for(&(struct oci_intel_rdt){ 0 }, false);

	assert_non_null(plan_last(&p, STEP_RDT_JOIN));
	assert_string_equal(plan_last(&p, STEP_RDT_JOIN)->rdt_join.path, path("box"));
	assert_null(plan_last(&p, STEP_RDT_GROUP)->rdt_group.schemata); /* none is given, none is written */
}

/* "If closID is not set ... create the <container-id> directory", and remove it. */
static void own_group(void **state)
{
	struct plan p = plan_for(&(struct oci_intel_rdt){ .l3_schema = "L3:0=f", .enable_monitoring = true },
				 false);
	const struct step *s = plan_last(&p, STEP_RDT_GROUP);
	struct err e = { 0 };

	assert_true(s - p.steps < plan_last(&p, STEP_PROCESS) - p.steps);
	assert_true(plan_last(&p, STEP_RDT_JOIN) > plan_last(&p, STEP_PROCESS));
	/* the kernel would have filled it: without its files the schemata cannot be written */
	assert_int_equal(apply(&p, STEP_RDT_GROUP, &e), -ENOENT);
	assert_int_equal(access(path("box"), F_OK), 0);
	assert_int_equal(step_ops(STEP_RDT_GROUP)->undo(s, &live, &e), 0);
	assert_int_equal(access(path("box"), F_OK), -1);
	assert_int_equal(step_ops(STEP_RDT_GROUP)->undo(s, &live, &e), 0);
}

/* "If closID is set ... exists, runtimes MUST compare"; it is not removed. The order: L3, MB, schemata. */
static void named_group(void **state)
{
	const char *more[] = { "L2:0=3", NULL };
	struct oci_intel_rdt rdt = { .clos_id = "gold",
				     .mem_bw_schema = "MB:0=100",
				     .l3_schema = "L3:0=7ff",
				     .schemata = { more, 1 },
				     .enable_monitoring = true };
	struct plan p = plan_for(&rdt, true);
	struct str text = { .arena = &a };
	struct err e = { 0 };
	struct target target;

	target_init(&target, &a, 4711, -1);
	mkdir(path("gold"), 0755);
	fill("gold");
	assert_int_equal(apply(&p, STEP_RDT_GROUP, &e), 0);
	assert_true(strncmp(get("gold/schemata"), "L3:0=7ff\nMB:0=100\nL2:0=3\n", 25) == 0);
	assert_int_equal(access(path("gold/mon_groups/box"), F_OK), 0);
	put("gold/mon_groups/box/tasks", "");
	assert_int_equal(apply(&p, STEP_RDT_JOIN, &e), 0); /* the last: the monitoring group */
	assert_string_equal(get("gold/mon_groups/box/tasks"), "4711\n");
	assert_int_equal(step_check(plan_last(&p, STEP_RDT_JOIN), &target, &text), FOUND_AS_PLANNED);
	assert_int_equal(step_check(plan_last(&p, STEP_RDT_GROUP), &target, &text), FOUND_AS_PLANNED);
	unlink(path("gold/mon_groups/box/tasks"));
	assert_int_equal(step_ops(STEP_RDT_GROUP)->undo(plan_last(&p, STEP_RDT_GROUP), &live, &e), 0);
	assert_int_equal(access(path("gold/mon_groups/box"), F_OK), -1);
	assert_int_equal(access(path("gold"), F_OK), 0);
	mkdir(path("gold/mon_groups/box"), 0755);
	put("gold/schemata", "L3:0=1\nMB:0=100\n");
	assert_int_equal(step_check(plan_last(&p, STEP_RDT_GROUP), &target, &text), FOUND_DIFFERENT);
	assert_int_equal(apply(&p, STEP_RDT_GROUP, &e), -EEXIST);
	assert_non_null(strstr(e.cause, "its schemata are not"));
	assert_string_equal(get("gold/schemata"), "L3:0=1\nMB:0=100\n");
}

/* "As a special case, value /": the default class, which is there. */
static void default_group(void **state)
{
	struct plan p = plan_for(&(struct oci_intel_rdt){ .clos_id = "/" }, true);
	struct err e = { 0 };

	put("schemata", "L3:0=7ff\n");
	put("tasks", "");
	assert_int_equal(apply(&p, STEP_RDT_GROUP, &e), 0);
	assert_int_equal(apply(&p, STEP_RDT_JOIN, &e), 0);
	assert_string_equal(get("tasks"), "4711\n");
	assert_string_equal(get("schemata"), "L3:0=7ff\n");
	assert_int_equal(step_ops(STEP_RDT_GROUP)->undo(plan_last(&p, STEP_RDT_GROUP), &live, &e), 0);
	assert_int_equal(access(root, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_of_its_name),
		cmocka_unit_test(own_group),
		cmocka_unit_test(named_group),
		cmocka_unit_test(default_group),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
