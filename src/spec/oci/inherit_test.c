/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/oci/testing.h"

#include <linux/seccomp.h>

static const char whole[] =
	"'annotations':{'k':'v'},'hostname':'box','mounts':[{'destination':'/x','type':'tmpfs'}],"
	"'process':{'cwd':'/srv','args':['sleep','ü'],'env':['A=1'],'user':{'uid':7,'gid':8,'additionalGids':[9]},"
	"'oomScoreAdj':300,'rlimits':[{'type':'RLIMIT_NOFILE','soft':4,'hard':9}],'apparmorProfile':'p',"
	"'capabilities':{'bounding':['CAP_KILL'],'permitted':['CAP_KILL']},'execCPUAffinity':{'initial':'0-1'}},"
	"'linux':{'namespaces':[{'type':'user'},{'type':'mount'},{'type':'uts'}],"
	"'uidMappings':[{'containerID':0,'hostID':1000,'size':1}],"
	"'gidMappings':[{'containerID':0,'hostID':1000,'size':1}],"
	"'sysctl':{},'personality':{'domain':'LINUX32'},'memoryPolicy':{'mode':'MPOL_DEFAULT'},"
	"'resources':{'memory':{'limit':1000000}},"
	"'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/run/agent','listenerMetadata':'m',"
	"'syscalls':[{'names':['read'],'action':'SCMP_ACT_NOTIFY'}]}}";

/* All that concerns a process comes again, and nothing that made the container. */
static void test_again(void **state)
{
	struct oci_config first, c;

	if (test_parse(whole, &first) < 0)
		fail_msg("%s", test_line);
	assert_non_null(first.inherited);
	assert_int_equal(
		oci_parse_inherited(&test_arena, first.inherited, strlen(first.inherited), &c, &test_err), 0);
	assert_true(c.has_process && c.ns[NS_USER].given && c.n_uid_map == 1);
	assert_string_equal(c.process.cwd, "/srv");
	assert_string_equal(c.process.args.v[1], "ü");
	assert_string_equal(c.process.env.v[0], "A=1");
	assert_true(c.process.uid == 7 && c.process.gid == 8 && c.process.n_groups == 1 &&
		    c.process.groups[0] == 9);
	assert_true(c.process.has_oom_score_adj && c.process.oom_score_adj == 300);
	assert_true(c.process.n_rlimits == 1 && c.process.rlimits[0].hard == 9);
	assert_string_equal(c.process.apparmor, "p");
	assert_int_equal(c.process.caps.bounding, first.process.caps.bounding);
	assert_string_equal(c.process.affinity_initial, "0-1");
	assert_string_equal(oci_annotation(&c, "k"), "v");
	assert_true(c.has_personality && c.personality == first.personality && c.memory_policy.given);
	assert_string_equal(c.seccomp->listener_path, "/run/agent");
	assert_string_equal(c.seccomp->listener_metadata, "m");
	assert_int_equal(c.seccomp->n_rules, 0);
	assert_true(!c.hostname && c.n_mounts == 0 && c.limits.memory == LIMIT_UNSET);
}

static void test_none(void **state)
{
	struct oci_config c;

	assert_int_equal(test_parse("", &c), 0);
	assert_null(c.inherited);
	assert_true(oci_parse_inherited(&test_arena, "{\"process\":[]}", 14, &c, &test_err) < 0);
	assert_string_equal(test_err.code, "record-bad");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_again), cmocka_unit_test(test_none) };
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&test_arena);
	return r;
}
