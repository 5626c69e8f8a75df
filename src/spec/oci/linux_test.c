/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/oci/testing.h"

#include <linux/mempolicy.h>
#include <sys/mount.h>
#include <sys/personality.h>

static struct oci_config c;

#define LINUX(members) "'linux':{" members "}"

static void test_namespaces(void **state)
{
	assert_int_equal(
		test_parse(LINUX("'namespaces':[{'type':'pid'},{'type':'network','path':'/run/netns/a'},"
				 "{'type':'mount','path':''},{'type':'ipc'},{'type':'uts'},{'type':'cgroup'},"
				 "{'type':'time'},{'type':'user','path':'/proc/1/ns/user'}]"),
			   &c),
		0);
	for (int i = 0; i < NS_COUNT; i++)
		assert_true(c.ns[i].given);
	assert_string_equal(c.ns[NS_NET].path, "/run/netns/a");
	assert_string_equal(c.ns[NS_USER].path, "/proc/1/ns/user");
	assert_null(c.ns[NS_MNT].path);
	assert_null(c.ns[NS_PID].path);
}

static void test_ids_and_clocks(void **state)
{
	assert_int_equal(
		test_parse(
			LINUX("'namespaces':[{'type':'user'},{'type':'time'}],"
			      "'uidMappings':[{'containerID':0,'hostID':1000,'size':1},{'containerID':1,'"
			      "hostID':100000,"
			      "'size':65535}],'gidMappings':[{'containerID':4294967294,'hostID':0,'size':1}],"
			      "'timeOffsets':{'monotonic':{'secs':-5,'nanosecs':999999999},'boottime':{}}"),
			&c),
		0);
	assert_int_equal(c.n_uid_map, 2);
	assert_true(c.uid_map[1].inside == 1 && c.uid_map[1].outside == 100000 && c.uid_map[1].size == 65535);
	assert_true(c.n_gid_map == 1 && c.gid_map[0].inside == 4294967294);
	assert_true(c.monotonic.given && c.monotonic.secs == -5 && c.monotonic.nanosecs == 999999999);
	assert_true(c.boottime.given && c.boottime.secs == 0);
}

static void test_devices(void **state)
{
	assert_int_equal(
		test_parse(
			LINUX("'devices':[{'type':'c','path':'/dev//"
			      "fuse','major':10,'minor':229,'fileMode':438,'uid':1,"
			      "'gid':2},{'type':'u','path':'/dev/x','major':4095,'minor':1048575},"
			      "{'type':'p','path':'/run/pipe'},{'type':'b','path':'/"
			      "a','major':0,'minor':0,'fileMode':24992}],"
			      "'namespaces':[{'type':'network'}],"
			      "'netDevices':{'eth0':{'name':'inside'},'ens4':{},'a':{'name':'e%d'},'b':{'name':'e%d'}}"),
			&c),
		0);
	assert_int_equal(c.n_devices, 4);
	assert_string_equal(c.devices[0].path, "/dev/fuse");
	assert_true(c.devices[0].type == 'c' && c.devices[0].major == 10 && c.devices[0].minor == 229);
	assert_true(c.devices[0].has_mode && c.devices[0].mode == 0666 && c.devices[0].uid == 1 &&
		    c.devices[0].gid == 2);
	assert_true(c.devices[1].type == 'c' && c.devices[1].major == 4095 && !c.devices[1].has_mode);
	assert_true(c.devices[2].type == 'p');
	assert_true(c.devices[3].type == 'b' && c.devices[3].mode == 0640); /* S_IFBLK is cut off */
	assert_int_equal(c.n_net_devices, 4);
	assert_string_equal(c.net_devices[3].name, "e%d");
	assert_string_equal(c.net_devices[0].host, "eth0");
	assert_string_equal(c.net_devices[0].name, "inside");
	assert_string_equal(c.net_devices[1].name, "ens4");
}

static void test_paths(void **state)
{
	assert_int_equal(
		test_parse(LINUX("'namespaces':[{'type':'mount'}],'maskedPaths':['/proc/kcore','/a//b/'],"
				 "'readonlyPaths':['/proc/sys'],'mountLabel':'l','rootfsPropagation':'slave',"
				 "'cgroupsPath':'/a/..b/c..'"),
			   &c),
		0);
	assert_int_equal(c.masked.n, 2);
	assert_string_equal(c.masked.v[1], "/a/b");
	assert_string_equal(c.readonly.v[0], "/proc/sys");
	assert_string_equal(c.mount_label, "l");
	assert_string_equal(c.cgroups_path, "/a/..b/c..");
	assert_int_equal(c.root_propagation, MS_SLAVE);
	assert_int_equal(test_parse(LINUX("'namespaces':[{'type':'mount'}],'rootfsPropagation':'rshared','"
					  "cgroupsPath':'user.slice:p:n','mountLabel':''"),
				    &c),
			 0);
	assert_int_equal(c.root_propagation, MS_SHARED | MS_REC);
	assert_string_equal(c.cgroups_path, "user.slice:p:n");
	assert_null(c.mount_label);
	assert_int_equal(test_parse(LINUX("'rootfsPropagation':'','cgroupsPath':''"), &c), 0);
	assert_int_equal(c.root_propagation, 0);
	assert_null(c.cgroups_path);
}

static void test_rare(void **state)
{
	assert_int_equal(
		test_parse(
			LINUX("'personality':{'domain':'LINUX32','flags':[]},"
			      "'memoryPolicy':{'mode':'MPOL_BIND','nodes':'0-1','flags':['MPOL_F_STATIC_NODES']},"
			      "'intelRdt':{'closID':'g','schemata':['L3:0=f','MB:0=20'],'l3CacheSchema':'L3:0=1',"
			      "'memBwSchema':'MB:0=20;1=70','enableMonitoring':true}"),
			&c),
		0);
	assert_true(c.has_personality && c.personality == PER_LINUX32);
	assert_true(c.memory_policy.given && c.memory_policy.mode == MPOL_BIND &&
		    c.memory_policy.flags == MPOL_F_STATIC_NODES);
	assert_string_equal(c.memory_policy.nodes, "0-1");
	assert_true(c.rdt.given && c.rdt.enable_monitoring && c.rdt.schemata.n == 2);
	assert_string_equal(c.rdt.clos_id, "g");
	assert_string_equal(c.rdt.l3_schema, "L3:0=1");
	assert_string_equal(c.rdt.mem_bw_schema, "MB:0=20;1=70");
	assert_int_equal(test_parse(LINUX("'intelRdt':{'enableCMT':true}"), &c), 0);
	assert_true(c.rdt.given && c.rdt.enable_monitoring && !c.rdt.clos_id);
	assert_int_equal(test_parse(LINUX("'intelRdt':{'closID':'/'}"), &c), 0);
}

static void test_seccomp(void **state)
{
	assert_int_equal(
		test_parse(LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38,"
				 "'syscalls':[{'names':['read','no_such_call'],'action':'SCMP_ACT_ALLOW'}]}"),
			   &c),
		0);
	assert_non_null(c.seccomp);
	assert_int_equal(c.seccomp->n_rules, 1);
	assert_int_equal(c.seccomp->rules[0].n_names, 2);
}

static void test_bad(void **state)
{
	static const struct test_bad bad[] = {
		{ "'linux':[]", "linux: must be an object" },
		{ LINUX("'namespaces':{}"), "linux.namespaces: must be an array" },
		{ LINUX("'namespaces':[{}]"), "linux.namespaces[0].type: missing" },
		{ LINUX("'namespaces':[{'type':'net'}]"), "linux.namespaces[0].type: unknown namespace net" },
		{ LINUX("'namespaces':[{'type':'pid'},{'type':'pid','path':'/x'}]"),
		  "linux.namespaces: duplicate namespace pid" },
		{ LINUX("'namespaces':[{'type':'pid','path':'x'}]"),
		  "linux.namespaces[0].path: x: must be an absolute path" },
		{ LINUX("'uidMappings':[{'containerID':0,'hostID':1}]"),
		  "linux.uidMappings[0].size: missing" },
		{ LINUX("'uidMappings':[{'containerID':0,'hostID':1,'size':0}]"),
		  "linux.uidMappings[0].size: must be greater than 0" },
		{ LINUX("'gidMappings':[{'containerID':4294967294,'hostID':1,'size':2}]"),
		  "linux.gidMappings[0].size: reaches beyond the last id, 4294967294" },
		{ LINUX("'gidMappings':[{'containerID':0,'hostID':4294967296,'size':2}]"),
		  "linux.gidMappings[0].hostID: must be from 0 to 4294967295" },
		{ LINUX("'timeOffsets':{'realtime':{}}"), "linux.timeOffsets.realtime: unknown clock" },
		{ LINUX("'timeOffsets':{'boottime':{'nanosecs':1000000000}}"),
		  "linux.timeOffsets.boottime.nanosecs: must be from 0 to 999999999" },
		{ LINUX("'devices':[{'path':'/x'}]"), "linux.devices[0].type: missing" },
		{ LINUX("'devices':[{'type':'c'}]"), "linux.devices[0].path: missing" },
		{ LINUX("'devices':[{'type':'z','path':'/x'}]"),
		  "linux.devices[0].type: unknown type z: one of c, b, u, p" },
		{ LINUX("'devices':[{'type':'cc','path':'/x'}]"),
		  "linux.devices[0].type: unknown type cc: one of c, b, u, p" },
		{ LINUX("'devices':[{'type':'c','path':'x','major':1,'minor':1}]"),
		  "linux.devices[0].path: x: must be an absolute path" },
		{ LINUX("'devices':[{'type':'c','path':'/../x','major':1,'minor':1}]"),
		  "linux.devices[0].path: leads out of the root" },
		{ LINUX("'devices':[{'type':'c','path':'/x','minor':1}]"),
		  "linux.devices[0].major: missing" },
		{ LINUX("'devices':[{'type':'b','path':'/x','major':1}]"),
		  "linux.devices[0].minor: missing" },
		{ LINUX("'devices':[{'type':'b','path':'/x','major':4096,'minor':1}]"),
		  "linux.devices[0].major: must be from 0 to 4095" },
		{ LINUX("'devices':[{'type':'b','path':'/x','major':1,'minor':1,'uid':4294967295}]"),
		  "linux.devices[0].uid: must be from 0 to 4294967294" },
		{ LINUX("'netDevices':{'eth0':{'name':23}}"),
		  "linux.netDevices.eth0.name: must be a string" },
		{ LINUX("'netDevices':{'eth0':null}"),
		  "linux.netDevices.eth0: not the name of an interface" },
		{ LINUX("'netDevices':{'a/b':{}}"), "linux.netDevices.a/b: not the name of an interface" },
		{ LINUX("'netDevices':{'..':{}}"), "linux.netDevices...: not the name of an interface" },
		{ LINUX("'netDevices':{'eth0':{'name':'e%d%d'}}"),
		  "linux.netDevices.eth0.name: e%d%d is not the name of an interface" },
		{ LINUX("'netDevices':{'eth0':{'name':'sixteen-letters-'}}"),
		  "linux.netDevices.eth0.name: sixteen-letters- is not the name of an interface" },
		{ LINUX("'netDevices':{'a':{'name':'c'},'b':{'name':'c'}}"),
		  "linux.netDevices.b.name: two interfaces cannot both be c" },
		{ LINUX("'maskedPaths':['proc/kcore']"),
		  "linux.maskedPaths: proc/kcore: must be an absolute path" },
		{ LINUX("'readonlyPaths':['/../x']"), "linux.readonlyPaths: leads out of the root" },
		{ LINUX("'rootfsPropagation':'public'"),
		  "linux.rootfsPropagation: unknown propagation public" },
		{ LINUX("'cgroupsPath':'/a/../b'"),
		  "linux.cgroupsPath: /a/../b: must not have \"..\" in it" },
		{ LINUX("'cgroupsPath':'..'"), "linux.cgroupsPath: ..: must not have \"..\" in it" },
		{ LINUX("'cgroupsPath':7"), "linux.cgroupsPath: must be a string" },
		{ LINUX("'personality':{}"), "linux.personality.domain: missing" },
		{ LINUX("'personality':{'domain':'BSD'}"), "linux.personality.domain: unknown domain BSD" },
		{ LINUX("'personality':{'domain':'LINUX','flags':['ADDR_NO_RANDOMIZE']}"),
		  "linux.personality.flags: no flags are supported" },
		{ LINUX("'memoryPolicy':{'nodes':'0'}"), "linux.memoryPolicy.mode: missing" },
		{ LINUX("'memoryPolicy':{'mode':'MPOL_FOO'}"),
		  "linux.memoryPolicy.mode: unknown mode MPOL_FOO" },
		{ LINUX("'memoryPolicy':{'mode':'MPOL_BIND','nodes':'a'}"),
		  "linux.memoryPolicy.nodes: a is not a list of nodes as 0-3,7" },
		{ LINUX("'memoryPolicy':{'mode':'MPOL_BIND','flags':['X']}"),
		  "linux.memoryPolicy.flags: unknown flag X" },
		{ LINUX("'intelRdt':{'closID':'../x'}"),
		  "linux.intelRdt.closID: \"../x\" is not the name of a directory" },
		{ LINUX("'intelRdt':{'closID':'..'}"),
		  "linux.intelRdt.closID: \"..\" is not the name of a directory" },
		{ LINUX("'intelRdt':{'schemata':['L3:0=1\\nMB:0=1']}"),
		  "linux.intelRdt.schemata: each must be one line" },
		{ LINUX("'intelRdt':{'memBwSchema':'L3:0=1'}"),
		  "linux.intelRdt.memBwSchema: must begin with MB: and be one line" },
		{ LINUX("'intelRdt':{'memBwSchema':'MB:0=1\\nL3:0=f'}"),
		  "linux.intelRdt.memBwSchema: must begin with MB: and be one line" },
		{ LINUX("'seccomp':{}"), "linux.seccomp.defaultAction: missing" },
		{ LINUX("'seccomp':{'defaultAction':'SCMP_ACT_FOO'}"),
		  "linux.seccomp.defaultAction: unknown action SCMP_ACT_FOO" },
		{ LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_Z80']}"),
		  "linux.seccomp.architectures: unknown architecture SCMP_ARCH_Z80" },
		{ LINUX("'seccomp':{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':[],'action':'SCMP_ACT_"
			"LOG'}]}"),
		  "linux.seccomp.syscalls[0].names: missing or empty" },
	};

	test_all_bad(bad, ARRAY_LEN(bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_namespaces), cmocka_unit_test(test_ids_and_clocks),
		cmocka_unit_test(test_devices),    cmocka_unit_test(test_paths),
		cmocka_unit_test(test_rare),       cmocka_unit_test(test_seccomp),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
