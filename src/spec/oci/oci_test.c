/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands at the top of a config.json, and what its parts need of each other. */
#include "spec/oci/testing.h"

#include "spec/oci/template.h"

static int parse_whole(const char *text, struct oci_config *c)
{
	const char *s = test_text(text);
	int r = oci_parse(&test_arena, s, strlen(s), "/bundle", c, &test_err);

	if (r < 0)
		err_line(&test_err, test_line, sizeof(test_line));
	return r;
}

static void test_minimal(void **state)
{
	struct oci_config c;

	assert_int_equal(test_parse("", &c), 0);
	assert_string_equal(c.version, "1.3.0");
	assert_string_equal(c.root, "rootfs");
	assert_false(c.root_readonly || c.has_process || c.seccomp || c.rdt.given || c.has_personality);
	assert_null(c.hostname);
	assert_null(c.cgroups_path);
	assert_int_equal(c.n_mounts + c.n_devices + c.n_device_rules + c.warnings.n, 0);
	assert_true(c.limits.memory == LIMIT_UNSET && c.limits.pids == LIMIT_UNSET);
	for (int i = 0; i < NS_COUNT; i++)
		assert_false(c.ns[i].given);
}

static void test_versions(void **state)
{
	static const char *const good[] = { "1.0.0", "1.0.2-dev", "1.3.0", "1.99.0-rc.1+build.5",
					    "1.2.3+a-b" };
	static const char *const bad[] = { "1.0",     "1.0.0.0", "01.0.0", "1.0.x",      "1.0.0-",
					   "1.0.0-+", "1..0",    "v1.0.0", "1.0.0-a..b", "1.0.0 " };
	struct oci_config c;
	char text[128];

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		snprintf(text, sizeof(text), "{'ociVersion':'%s','root':{'path':'/r'}}", good[i]);
		if (parse_whole(text, &c) < 0)
			fail_msg("%s", test_line);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(text, sizeof(text), "{'ociVersion':'%s','root':{'path':'/r'}}", bad[i]);
		assert_int_equal(parse_whole(text, &c), -22);
		assert_non_null(strstr(test_line, "is not a version as 1.3.0"));
	}
	assert_int_equal(parse_whole("{'ociVersion':'2.0.0','root':{'path':'/r'}}", &c), 0);
	assert_int_equal(c.warnings.n, 1);
	assert_string_equal(c.warnings.v[0],
			    "config.json: ociVersion: 2.0.0 is unknown, it is read as " OCI_VERSION);
	/* the specification's own example */
	assert_int_equal(parse_whole("{'ociVersion':'0.5.0-dev','root':{'path':'/r'}}", &c), 0);
	assert_int_equal(c.warnings.n, 0);
}

/* Whoever writes an older version means by 0 processes that there is no limit. */
static void test_pids_of_versions(void **state)
{
	static const struct {
		const char *version;
		int64_t pids;
	} rows[] = {
		{ "0.5.0-dev", LIMIT_UNSET },
		{ "1.0.2-dev", LIMIT_UNSET },
		{ "1.2.9", LIMIT_UNSET },
		{ "1.3.0", 0 },
		{ "1.10.0", 0 },
		{ "2.0.0", 0 },
	};
	struct oci_config c;
	char text[128];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(
			text, sizeof(text),
			"{'ociVersion':'%s','root':{'path':'/r'},'linux':{'resources':{'pids':{'limit':0}}}}",
			rows[i].version);
		assert_int_equal(parse_whole(text, &c), 0);
		assert_int_equal(c.limits.pids, rows[i].pids);
	}
}

static void test_not_a_config(void **state)
{
	static const struct test_bad t[] = {
		{ "", "line 1, column 1: it ends too early" },
		{ "[]", "not a JSON object" },
		{ "'x'", "not a JSON object" },
		{ "{} {}", "line 1, column 4: unexpected character" },
		{ "{}", "ociVersion: missing" },
		{ "{'ociVersion':1}", "ociVersion: must be a string" },
		{ "{'ociVersion':''}", "ociVersion: must not be empty" },
		{ "{'ociVersion':'1.0.0'}", "root: missing" },
		{ "{'ociVersion':'1.0.0','root':[]}", "root: must be an object" },
		{ "{'ociVersion':'1.0.0','root':{}}", "root.path: missing" },
		{ "{'ociVersion':'1.0.0','root':{'path':''}}", "root.path: must not be empty" },
		{ "{'ociVersion':'1.0.0','root':{'path':'a\\u0000b'}}", "root.path: must not contain NUL" },
		{ "{'ociVersion':'1.0.0','root':{'path':'a','readonly':1}}",
		  "root.readonly: must be true or false" },
	};
	struct oci_config c;

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		assert_int_equal(parse_whole(t[i].members, &c), -22);
		assert_string_equal(str_after(test_line, "read config.json: "), t[i].message);
	}
}

static void test_too_large(void **state)
{
	char *text = test_malloc(OCI_CONFIG_MAX + 1);
	struct oci_config c;

	memset(text, ' ', OCI_CONFIG_MAX + 1);
	text[0] = '{';
	text[OCI_CONFIG_MAX] = '}';
	assert_int_equal(oci_parse(&test_arena, text, OCI_CONFIG_MAX + 1, "/b", &c, &test_err), -22);
	assert_string_equal(test_err.cause, "larger than 4194304 bytes");
	test_free(text);
}

static void test_deep(void **state)
{
	char text[256] = "'x':";
	struct oci_config c;

	for (int i = 0; i < 60; i++)
		strcat(text, "[");
	assert_int_equal(test_parse(text, &c), -22);
	assert_non_null(strstr(test_line, "nesting too deep"));
}

static void test_unknown_keys(void **state)
{
	struct oci_config c;

	assert_int_equal(test_parse("'solaris':{'x':1},'windows':{},'foo':[1,2,{}],'linux':{'bar':null}", &c),
			 0);
	assert_int_equal(c.warnings.n, 0);
	assert_int_equal(
		test_parse("'process':null,'linux':null,'mounts':null,'hooks':null,'annotations':null", &c),
		0);
	assert_false(c.has_process);
}

static void test_hooks(void **state)
{
	static const struct test_bad bad[] = {
		{ "'hooks':[]", "hooks: must be an object" },
		{ "'hooks':{'prestart':{}}", "hooks.prestart: must be an array" },
		{ "'hooks':{'prestart':[1]}", "hooks.prestart[0]: must be an object" },
		{ "'hooks':{'poststop':[{}]}", "hooks.poststop[0].path: missing" },
		{ "'hooks':{'poststop':[{'path':'bin/x'}]}",
		  "hooks.poststop[0].path: bin/x: must be an absolute path" },
		{ "'hooks':{'poststart':[{'path':'/x'},{'path':'/x','timeout':0}]}",
		  "hooks.poststart[1].timeout: must be greater than 0" },
		{ "'hooks':{'poststart':[{'path':'/x','timeout':-1}]}",
		  "hooks.poststart[0].timeout: must be from 0 to 2147483647" },
		{ "'hooks':{'createRuntime':[{'path':'/x','args':'a'}]}",
		  "hooks.createRuntime[0].args: must be an array" },
		{ "'hooks':{'createRuntime':[{'path':'/x','env':[1]}]}",
		  "hooks.createRuntime[0].env[0]: must be a string" },
	};
	struct oci_config c;

	assert_int_equal(
		test_parse(
			"'hooks':{'prestart':[{'path':'/a'}],'createRuntime':[{'path':'/b','args':['b','-x'],"
			"'env':['K=v'],'timeout':5},{'path':'/c'}],'createContainer':[{'path':'/d'}],"
			"'startContainer':[{'path':'/e'}],'poststart':[{'path':'/f'}],"
			"'poststop':[{'path':'/g'}],'unknown':1}",
			&c),
		0);
	assert_int_equal(c.hooks[HOOK_PRESTART].n, 1);
	assert_int_equal(c.hooks[HOOK_CREATE_RUNTIME].n, 2);
	assert_string_equal(c.hooks[HOOK_CREATE_RUNTIME].list[0].args.v[1], "-x");
	assert_null(c.hooks[HOOK_CREATE_RUNTIME].list[0].args.v[2]);
	assert_string_equal(c.hooks[HOOK_CREATE_RUNTIME].list[0].env.v[0], "K=v");
	assert_int_equal(c.hooks[HOOK_CREATE_RUNTIME].list[0].timeout, 5);
	assert_string_equal(c.hooks[HOOK_CREATE_RUNTIME].list[1].path, "/c");
	assert_int_equal(c.hooks[HOOK_CREATE_RUNTIME].list[1].args.n, 0);
	assert_string_equal(c.hooks[HOOK_CREATE_CONTAINER].list[0].path, "/d");
	assert_string_equal(c.hooks[HOOK_START_CONTAINER].list[0].path, "/e");
	assert_string_equal(c.hooks[HOOK_POSTSTART].list[0].path, "/f");
	assert_string_equal(c.hooks[HOOK_POSTSTOP].list[0].path, "/g");
	test_all_bad(bad, ARRAY_LEN(bad));
}

static void test_annotations(void **state)
{
	static const struct test_bad bad[] = {
		{ "'annotations':[]", "annotations: must be an object" },
		{ "'annotations':{'a':1}", "annotations.a: must be a string" },
		{ "'annotations':{'':'x'}", "annotations: a key must not be empty" },
	};
	struct oci_config c;

	assert_int_equal(test_parse("'annotations':{'com.example.a':'1','b':''}", &c), 0);
	assert_int_equal(c.annotations.n, 4);
	assert_string_equal(oci_annotation(&c, "com.example.a"), "1");
	assert_string_equal(oci_annotation(&c, "b"), "");
	assert_null(oci_annotation(&c, "1"));
	assert_null(oci_annotation(&c, "c"));
	test_all_bad(bad, ARRAY_LEN(bad));

	assert_int_equal(
		test_parse("'annotations':{'run.oci.handler':'krun','run.oci.keep_original_groups':'1',"
			   "'org.systemd.property.X':'1'}",
			   &c),
		0);
	assert_int_equal(c.warnings.n, 1);
	assert_string_equal(c.warnings.v[0],
			    "config.json: annotations: run.oci.handler is not obeyed by this runtime");
}

#define USER_NS "'namespaces':[{'type':'user','path':'/u'}]"

/* Each of these would reach beyond the container. */
static void test_needs(void **state)
{
	static const struct test_bad bad[] = {
		{ "'hostname':'h'", "hostname: needs a namespace of the container's own (uts)" },
		{ "'domainname':'d'", "domainname: needs a namespace of the container's own (uts)" },
		{ "'linux':{'namespaces':[{'type':'user'}]}",
		  "linux.uidMappings: missing: a new user namespace needs it" },
		{ "'linux':{'namespaces':[{'type':'user'}],'uidMappings':[{'containerID':0,'hostID':1,'size':1}]}",
		  "linux.gidMappings: missing: a new user namespace needs it" },
		{ "'linux':{'uidMappings':[{'containerID':0,'hostID':1,'size':1}]}",
		  "linux.uidMappings: needs a namespace of the container's own (user)" },
		{ "'linux':{'timeOffsets':{'boottime':{'secs':1}}}",
		  "linux.timeOffsets: needs a namespace of the container's own (time)" },
		{ "'linux':{'timeOffsets':{'boottime':{'secs':1}},'namespaces':[{'type':'time','path':'/t'}]}",
		  "linux.timeOffsets: cannot be set in the time namespace at /t, only in a new one" },
		{ "'linux':{'netDevices':{'eth0':{}}}",
		  "linux.netDevices: needs a namespace of the container's own (network)" },
		{ "'linux':{" USER_NS ",'maskedPaths':['/proc/kcore']}",
		  "linux.maskedPaths: needs a namespace of the container's own (mount)" },
		{ "'linux':{" USER_NS ",'readonlyPaths':['/proc/sys']}",
		  "linux.readonlyPaths: needs a namespace of the container's own (mount)" },
		{ "'linux':{" USER_NS ",'rootfsPropagation':'slave'}",
		  "linux.rootfsPropagation: needs a namespace of the container's own (mount)" },
		{ "'linux':{" USER_NS "},'mounts':[{'destination':'/a','type':'tmpfs'}]",
		  "mounts: needs a namespace of the container's own (mount)" },
		{ "'mounts':[{'destination':'/a','source':'/b','options':['bind','idmap']}]",
		  "mounts[0].options: idmap needs uidMappings and gidMappings, or a user namespace" },
	};
	struct oci_config c;

	test_all_bad(bad, ARRAY_LEN(bad));
	assert_int_equal(
		test_parse(
			"'hostname':'h','domainname':'d','linux':{'namespaces':[{'type':'uts','path':'/p'}]}",
			&c),
		0);
	assert_string_equal(c.hostname, "h");
	assert_string_equal(c.domainname, "d");
	assert_int_equal(test_parse("'hostname':'','linux':{'namespaces':[{'type':'user','path':'/p'}]}", &c),
			 0);
}

static void test_sysctls(void **state)
{
	static const struct test_bad bad[] = {
		{ "'linux':{'sysctl':{'net.core.somaxconn':'1'}}",
		  "linux.sysctl.net.core.somaxconn: needs a namespace of the container's own (network)" },
		{ "'linux':{'sysctl':{'kernel.shmmax':'1'}}",
		  "linux.sysctl.kernel.shmmax: needs a namespace of the container's own (ipc)" },
		{ "'linux':{'sysctl':{'kernel.domainname':'x'}}",
		  "linux.sysctl.kernel.domainname: needs a namespace of the container's own (uts)" },
		{ "'linux':{'sysctl':{'kernel.hostname':'x'},'namespaces':[{'type':'uts'}]}",
		  "linux.sysctl: kernel.hostname: use \"hostname\"" },
		{ "'linux':{'sysctl':{'vm.swappiness':'1'}}",
		  "linux.sysctl: vm.swappiness belongs to the whole machine, not to a namespace" },
		{ "'linux':{'sysctl':{'kernel.core_pattern':'|/x'}}",
		  "linux.sysctl: kernel.core_pattern belongs to the whole machine, not to a namespace" },
		{ "'linux':{'sysctl':{'net/../kernel/core_pattern':'|/x'},'namespaces':[{'type':'network'}]}",
		  "linux.sysctl: net/../kernel/core_pattern is not the name of a kernel parameter" },
		{ "'linux':{'sysctl':{'net.//.kernel':'x'},'namespaces':[{'type':'network'}]}",
		  "linux.sysctl: net.//.kernel is not the name of a kernel parameter" },
		{ "'linux':{'sysctl':{'net.ipv4':1}}", "linux.sysctl.net.ipv4: must be a string" },
	};
	struct oci_config c;

	assert_int_equal(
		test_parse(
			"'linux':{'namespaces':[{'type':'network'},{'type':'ipc'},{'type':'uts'}],'sysctl':{"
			"'net.ipv4.ip_forward':'1','net/ipv4/conf/eth0.1/forwarding':'0','kernel.sem':'1 2 3 4',"
			"'fs.mqueue.msg_max':'5','kernel.domainname':'d','net.x':''}}",
			&c),
		0);
	assert_int_equal(c.sysctls.n, 6);
	assert_string_equal(c.sysctls.v[0], "net.ipv4.ip_forward=1");
	assert_string_equal(c.sysctls.v[1], "net.ipv4.conf.eth0/1.forwarding=0");
	assert_string_equal(c.sysctls.v[4], "kernel.domainname=d");
	test_all_bad(bad, ARRAY_LEN(bad));
}

/* What `guise-oci spec` writes is read without a warning. */
static void test_template(void **state)
{
	struct str out = { .arena = &test_arena };
	struct oci_config c;

	test_text("");
	oci_template(&(struct oci_template){ .cgroup_ns = true }, &out);
	assert_int_equal(oci_parse(&test_arena, out.p, out.len, "/bundle", &c, &test_err), 0);
	assert_int_equal(c.warnings.n, 0);
	assert_true(c.process.tty && c.process.no_new_privs && c.root_readonly);
	assert_true(c.ns[NS_NET].given && c.ns[NS_CGROUP].given && !c.ns[NS_USER].given &&
		    !c.ns[NS_TIME].given);
	assert_int_equal(c.n_mounts, 7);
	assert_int_equal(c.n_device_rules, 1);
	assert_true(c.masked.n == 10 && c.readonly.n == 5 &&
		    c.process.caps.permitted == c.process.caps.bounding && !c.process.caps.ambient);

	out = (struct str){ .arena = &test_arena };
	oci_template(&(struct oci_template){ .rootless = true, .uid = 1000, .gid = 100 }, &out);
	assert_int_equal(oci_parse(&test_arena, out.p, out.len, "/bundle", &c, &test_err), 0);
	assert_true(c.ns[NS_USER].given && !c.ns[NS_NET].given && !c.ns[NS_CGROUP].given);
	assert_true(c.uid_map[0].outside == 1000 && c.gid_map[0].outside == 100 && c.n_device_rules == 0);
	assert_string_equal(c.mounts[2].data, "newinstance,ptmxmode=0666,mode=0620");
	assert_string_equal(c.mounts[5].type, "bind");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimal),          cmocka_unit_test(test_versions),
		cmocka_unit_test(test_pids_of_versions), cmocka_unit_test(test_not_a_config),
		cmocka_unit_test(test_too_large),        cmocka_unit_test(test_deep),
		cmocka_unit_test(test_unknown_keys),     cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_annotations),      cmocka_unit_test(test_needs),
		cmocka_unit_test(test_sysctls),          cmocka_unit_test(test_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
