/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/oci/testing.h"

#include <linux/ioprio.h>
#include <linux/sched.h>
#include <sys/resource.h>

#include "kernel/process/caps.h"

static int parse(const char *text, struct oci_process *p)
{
	const char *s = test_text(text);
	int r = oci_parse_process(&test_arena, s, strlen(s), "p.json", p, &test_err);

	if (r < 0)
		err_line(&test_err, test_line, sizeof(test_line));
	return r;
}

static void test_all(void **state)
{
	struct oci_process p;

	assert_int_equal(
		parse("{'terminal':true,'consoleSize':{'height':25,'width':80},'cwd':'/w','args':['sh','-c','x'],"
		      "'env':['A=b','C='],'user':{'uid':1,'gid':2,'umask':63,'additionalGids':[5,4294967294]},"
		      "'capabilities':{'bounding':['CAP_CHOWN','CAP_KILL'],'effective':['CAP_KILL'],'inheritable'"
		      ":[],"
		      "'permitted':['CAP_CHECKPOINT_RESTORE'],'ambient':['CAP_SYS_ADMIN']},"
		      "'rlimits':[{'type':'RLIMIT_NOFILE','soft':1024,'hard':18446744073709551615}],"
		      "'noNewPrivileges':true,'apparmorProfile':'a','selinuxLabel':'s','oomScoreAdj':-1000,"
		      "'scheduler':{'policy':'SCHED_DEADLINE','nice':-5,'flags':['SCHED_FLAG_RESET_ON_FORK','"
		      "SCHED_FLAG_RECLAIM'],"
		      "'runtime':1000,'deadline':2000,'period':18446744073709551615},"
		      "'ioPriority':{'class':'IOPRIO_CLASS_RT','priority':3},"
		      "'execCPUAffinity':{'initial':'7','final':' 0-3, 7'}}",
		      &p),
		0);
	assert_true(p.tty && p.height == 25 && p.width == 80);
	assert_string_equal(p.cwd, "/w");
	assert_int_equal(p.args.n, 3);
	assert_string_equal(p.args.v[2], "x");
	assert_null(p.args.v[3]);
	assert_string_equal(p.env.v[1], "C=");
	assert_true(p.uid == 1 && p.gid == 2 && p.has_umask && p.umask == 077);
	assert_true(p.n_groups == 2 && p.groups[0] == 5 && p.groups[1] == 4294967294);
	assert_true(p.has_caps);
	assert_int_equal(p.caps.bounding, CAPS_BIT(CAP_CHOWN) | CAPS_BIT(CAP_KILL));
	assert_int_equal(p.caps.effective, CAPS_BIT(CAP_KILL));
	assert_int_equal(p.caps.inheritable, 0);
	assert_int_equal(p.caps.permitted, CAPS_BIT(CAP_CHECKPOINT_RESTORE));
	assert_int_equal(p.caps.ambient, CAPS_BIT(CAP_SYS_ADMIN));
	assert_int_equal(p.n_rlimits, 1);
	assert_int_equal(p.rlimits[0].resource, RLIMIT_NOFILE);
	assert_true(p.rlimits[0].soft == 1024 && p.rlimits[0].hard == RLIM_INFINITY);
	assert_true(p.no_new_privs && p.has_oom_score_adj && p.oom_score_adj == -1000);
	assert_string_equal(p.apparmor, "a");
	assert_string_equal(p.selinux, "s");
	assert_true(p.scheduler.given && p.scheduler.policy == SCHED_DEADLINE && p.scheduler.nice == -5);
	assert_int_equal(p.scheduler.flags, SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_RECLAIM);
	assert_true(p.scheduler.runtime == 1000 && p.scheduler.deadline == 2000 &&
		    p.scheduler.period == UINT64_MAX);
	assert_true(p.has_io_priority && p.io_class == IOPRIO_CLASS_RT && p.io_priority == 3);
	assert_string_equal(p.affinity_initial, "7");
	assert_string_equal(p.affinity_final, "0-3,7");
	assert_int_equal(p.warnings.n, 0);
}

static void test_least(void **state)
{
	struct oci_process p;

	assert_int_equal(parse("{'cwd':'/','args':['sh'],'apparmorProfile':'','execCPUAffinity':{'final':''},"
			       "'consoleSize':'ignored without a terminal'}",
			       &p),
			 0);
	assert_false(p.tty || p.has_umask || p.has_caps || p.no_new_privs || p.has_oom_score_adj ||
		     p.scheduler.given || p.has_io_priority);
	assert_int_equal(p.height + p.uid + p.gid + p.n_groups + p.n_rlimits + p.env.n, 0);
	assert_null(p.apparmor);
	assert_null(p.selinux);
	assert_null(p.affinity_final);
}

static void test_unknown_capabilities(void **state)
{
	struct oci_process p;

	assert_int_equal(
		parse("{'cwd':'/','args':['a'],'capabilities':{'bounding':['CAP_CHOWN','CAP_FUTURE','ALL','chown',"
		      "'CAP_FUTURE'],'permitted':['CAP_FUTURE','']}}",
		      &p),
		0);
	assert_int_equal(p.caps.bounding, CAPS_BIT(CAP_CHOWN));
	assert_int_equal(p.caps.permitted, 0);
	assert_int_equal(p.warnings.n, 4);
	assert_string_equal(p.warnings.v[0],
			    "p.json: capabilities: unknown capability CAP_FUTURE is left out");
	assert_string_equal(p.warnings.v[1], "p.json: capabilities: unknown capability ALL is left out");
	assert_string_equal(p.warnings.v[2], "p.json: capabilities: unknown capability chown is left out");
}

#define PROCESS(members) "'process':{'cwd':'/','args':['a']," members "}"

static void test_bad(void **state)
{
	static const struct test_bad bad[] = {
		{ "'process':[]", "process: must be an object" },
		{ "'process':{'cwd':'/'}", "process.args: missing or empty" },
		{ "'process':{'cwd':'/','args':[]}", "process.args: missing or empty" },
		{ "'process':{'args':['a']}", "process.cwd: missing" },
		{ "'process':{'args':['a'],'cwd':'w'}", "process.cwd: w: must be an absolute path" },
		{ "'process':{'args':['a\\u0000'],'cwd':'/'}", "process.args[0]: must not contain NUL" },
		{ "'process':{'args':[null],'cwd':'/'}", "process.args[0]: must be a string" },
		{ PROCESS("'env':['A']"), "process.env: A is not NAME=VALUE" },
		{ PROCESS("'env':['=A']"), "process.env: =A is not NAME=VALUE" },
		{ PROCESS("'terminal':'yes'"), "process.terminal: must be true or false" },
		{ PROCESS("'terminal':true,'consoleSize':{'height':1}"),
		  "process.consoleSize.width: missing" },
		{ PROCESS("'terminal':true,'consoleSize':{'height':65536,'width':1}"),
		  "process.consoleSize.height: must be from 0 to 65535" },
		{ PROCESS("'user':{'uid':4294967295}"), "process.user.uid: must be from 0 to 4294967294" },
		{ PROCESS("'user':{'uid':-1}"), "process.user.uid: must be from 0 to 4294967294" },
		{ PROCESS("'user':{'gid':18446744073709551615}"),
		  "process.user.gid: must be from 0 to 4294967294" },
		{ PROCESS("'user':{'gid':'0'}"), "process.user.gid: must be a whole number" },
		{ PROCESS("'user':{'gid':1.5}"), "process.user.gid: must be a whole number" },
		{ PROCESS("'user':{'additionalGids':[0,4294967295]}"),
		  "process.user.additionalGids[1]: must be from 0 to 4294967294" },
		{ PROCESS("'user':{'additionalGids':['0']}"),
		  "process.user.additionalGids[0]: must be a whole number" },
		{ PROCESS("'user':{'umask':4294967296}"),
		  "process.user.umask: must be from 0 to 4294967295" },
		{ PROCESS("'capabilities':['CAP_CHOWN']"), "process.capabilities: must be an object" },
		{ PROCESS("'capabilities':{'bounding':[1]}"),
		  "process.capabilities.bounding[0]: must be a string" },
		{ PROCESS("'rlimits':[{'type':'RLIMIT_FOO','soft':1,'hard':1}]"),
		  "process.rlimits[0].type: unknown limit RLIMIT_FOO" },
		{ PROCESS("'rlimits':[{'type':'NOFILE','soft':1,'hard':1}]"),
		  "process.rlimits[0].type: unknown limit NOFILE" },
		{ PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':1}]"), "process.rlimits[0].hard: missing" },
		{ PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':2,'hard':1}]"),
		  "process.rlimits[0].soft: must not be above \"hard\"" },
		{ PROCESS("'rlimits':[{'type':'RLIMIT_CPU','soft':1,'hard':1},{'type':'RLIMIT_CPU','soft':1,'hard'"
			  ":1}]"),
		  "process.rlimits: duplicate limit cpu" },
		{ PROCESS("'oomScoreAdj':1001"), "process.oomScoreAdj: must be from -1000 to 1000" },
		{ PROCESS("'oomScoreAdj':-1001"), "process.oomScoreAdj: must be from -1000 to 1000" },
		{ PROCESS("'scheduler':{}"), "process.scheduler.policy: missing" },
		{ PROCESS("'scheduler':{'policy':'SCHED_FOO'}"),
		  "process.scheduler.policy: unknown policy SCHED_FOO" },
		{ PROCESS("'scheduler':{'policy':'SCHED_OTHER','nice':20}"),
		  "process.scheduler.nice: must be from -20 to 19" },
		{ PROCESS("'scheduler':{'policy':'SCHED_OTHER','priority':1}"),
		  "process.scheduler.priority: is for SCHED_FIFO and SCHED_RR only" },
		{ PROCESS("'scheduler':{'policy':'SCHED_FIFO','priority':100}"),
		  "process.scheduler.priority: must be from 0 to 99" },
		{ PROCESS("'scheduler':{'policy':'SCHED_OTHER','flags':['X']}"),
		  "process.scheduler.flags: unknown flag X" },
		{ PROCESS("'scheduler':{'policy':'SCHED_OTHER','runtime':1}"),
		  "process.scheduler.policy: runtime, deadline and period are for SCHED_DEADLINE only" },
		{ PROCESS("'ioPriority':{}"), "process.ioPriority.class: missing" },
		{ PROCESS("'ioPriority':{'class':'IOPRIO_CLASS_NONE'}"),
		  "process.ioPriority.class: unknown class IOPRIO_CLASS_NONE" },
		{ PROCESS("'ioPriority':{'class':'IOPRIO_CLASS_BE','priority':8}"),
		  "process.ioPriority.priority: must be from 0 to 7" },
		{ PROCESS("'execCPUAffinity':{'initial':'x'}"),
		  "process.execCPUAffinity.initial: x is not a list of CPUs as 0-3,7" },
	};

	test_all_bad(bad, ARRAY_LEN(bad));
}

static void test_names_its_file(void **state)
{
	struct oci_process p;

	assert_int_equal(parse("{'cwd':'/'}", &p), -22);
	assert_string_equal(test_line, "read p.json: args: missing or empty");
	assert_string_equal(test_err.code, "bad-process");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_unknown_capabilities),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_names_its_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
