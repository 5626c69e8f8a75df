/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/oci/testing.h"

static int parse(const char *text, struct spec_limits *l)
{
	const char *s = test_text(text);
	int r = oci_parse_resources(&test_arena, s, strlen(s), "r.json", l, &test_err);

	if (r < 0)
		err_line(&test_err, test_line, sizeof(test_line));
	return r;
}

static void test_memory_cpu_pids(void **state)
{
	struct spec_limits l;

	assert_int_equal(
		parse("{'memory':{'limit':536870912,'reservation':1,'swap':-1,'swappiness':0,"
		      "'disableOOMKiller':false,'checkBeforeUpdate':true,'kernel':-1,'kernelTCP':0},"
		      "'cpu':{'shares':1024,'quota':-1,'burst':10,'period':500000,'realtimeRuntime':950000,"
		      "'realtimePeriod':1000000,'cpus':'2-3','mems':'0','idle':1},'pids':{'limit':32771}}",
		      &l),
		0);
	assert_true(l.memory == 536870912 && l.memory_reservation == 1 && l.memory_swap == LIMIT_UNLIMITED);
	assert_true(l.memory_swappiness == 0 && l.oom_kill_disable == 0 && l.memory_check);
	assert_true(l.cpu_shares == 1024 && l.cpu_quota == LIMIT_UNLIMITED && l.cpu_burst == 10);
	assert_true(l.cpu_period == 500000 && l.cpu_rt_runtime == 950000 && l.cpu_rt_period == 1000000);
	assert_true(l.cpu_idle == 1 && l.pids == 32771);
	assert_string_equal(l.cpuset_cpus, "2-3");
	assert_string_equal(l.cpuset_mems, "0");
}

static void test_nothing(void **state)
{
	struct spec_limits l;

	assert_int_equal(
		parse("{'memory':{},'cpu':{'cpus':'','mems':''},'network':{},'blockIO':{},'rdma':{},'unified':{}}",
		      &l),
		0);
	assert_true(l.memory == LIMIT_UNSET && l.memory_swap == LIMIT_UNSET &&
		    l.memory_reservation == LIMIT_UNSET);
	assert_true(l.memory_swappiness == LIMIT_UNSET && l.oom_kill_disable == LIMIT_UNSET &&
		    !l.memory_check);
	assert_true(l.cpu_quota == LIMIT_UNSET && l.cpu_burst == LIMIT_UNSET && l.cpu_idle == LIMIT_UNSET);
	assert_true(l.cpu_rt_runtime == LIMIT_UNSET && l.pids == LIMIT_UNSET &&
		    l.net_class_id == LIMIT_UNSET);
	assert_null(l.cpuset_cpus);
	assert_null(l.cpuset_mems);
	assert_int_equal(l.cpu_shares + l.blkio_weight + l.n_hugepages + l.n_rdma + l.n_conf, 0);
}

static void test_devices(void **state)
{
	struct spec_limits l;

	assert_int_equal(
		parse("{'blockIO':{'weight':10,'leafWeight':20,'weightDevice':[{'major':8,'minor':0,'weight':500,"
		      "'leafWeight':300},"
		      "{'major':8,'minor':16,'leafWeight':1}],'throttleReadBpsDevice':[{'major':8,'minor':0,'"
		      "rate':600}],"
		      "'throttleWriteBpsDevice':[{'major':4095,'minor':1048575,'rate':18446744073709551615}],"
		      "'throttleReadIOPSDevice':[{'major':8,'minor':0,'rate':0}],"
		      "'throttleWriteIOPSDevice':[{'major':8,'minor':16,'rate':300},{'major':8,'minor':1,'rate':"
		      "3}]},"
		      "'hugepageLimits':[{'pageSize':'2MB','limit':209715200},{'pageSize':'64KB','limit':1}],"
		      "'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':10000},'rxe3':{'hcaObjects':4294967295}},"
		      "'network':{'classID':1048577,'priorities':[{'name':'eth0','priority':500}]},"
		      "'unified':{'io.max':'259:0 rbps=1\\n253:0 wiops=2','hugetlb.1GB.max':'0'}}",
		      &l),
		0);
	assert_true(l.blkio_weight == 10 && l.blkio_leaf_weight == 20 && l.n_blkio_weights == 2);
	assert_true(l.blkio_weights[0].weight == 500 && l.blkio_weights[0].leaf_weight == 300);
	assert_true(l.blkio_weights[1].minor == 16 && l.blkio_weights[1].weight == 0);
	assert_true(l.n_read_bps == 1 && l.read_bps[0].major == 8 && l.read_bps[0].rate == 600);
	assert_null(l.read_bps[0].device);
	assert_true(l.n_write_bps == 1 && l.write_bps[0].minor == 1048575 &&
		    l.write_bps[0].rate == UINT64_MAX);
	assert_true(l.n_read_iops == 1 && l.n_write_iops == 2 && l.write_iops[1].rate == 3);
	assert_int_equal(l.n_hugepages, 2);
	assert_string_equal(l.hugepages[0].size, "2MB");
	assert_int_equal(l.hugepages[0].limit, 209715200);
	assert_int_equal(l.n_rdma, 2);
	assert_string_equal(l.rdma[0].device, "mlx5_1");
	assert_true(l.rdma[0].handles == 3 && l.rdma[0].objects == 10000);
	assert_true(l.rdma[1].handles == LIMIT_UNSET && l.rdma[1].objects == UINT32_MAX);
	assert_true(l.net_class_id == 1048577 && l.n_net_priorities == 1 &&
		    l.net_priorities[0].priority == 500);
	assert_string_equal(l.net_priorities[0].interface, "eth0");
	assert_int_equal(l.n_conf, 2);
	assert_string_equal(l.conf[0], "io.max");
	assert_string_equal(l.conf[3], "0");
}

static void test_rules(void **state)
{
	struct oci_config c;

	assert_int_equal(
		test_parse("'linux':{'resources':{'devices':[{'allow':false,'access':'rwm'},{'allow':true},"
			   "{'allow':true,'type':'c','major':10,'minor':229,'access':'wr'},"
			   "{'allow':true,'type':'b','major':-1,'minor':-1,'access':'mmm'},"
			   "{'allow':false,'type':'','access':''}]}}",
			   &c),
		0);
	assert_int_equal(c.n_device_rules, 5);
	assert_true(!c.device_rules[0].allow && c.device_rules[0].type == 'a' &&
		    c.device_rules[0].major == -1);
	assert_string_equal(c.device_rules[1].access, "rwm");
	assert_true(c.device_rules[2].allow && c.device_rules[2].type == 'c' &&
		    c.device_rules[2].major == 10 && c.device_rules[2].minor == 229);
	assert_string_equal(c.device_rules[2].access, "rw");
	assert_true(c.device_rules[3].type == 'b' && c.device_rules[3].minor == -1);
	assert_string_equal(c.device_rules[3].access, "m");
	assert_true(c.device_rules[4].type == 'a');
}

static void test_ignored(void **state)
{
	struct oci_config c;

	assert_int_equal(
		test_parse("'linux':{'resources':{'memory':{'kernel':1,'kernelTCP':1,'useHierarchy':false}}}",
			   &c),
		0);
	assert_int_equal(c.warnings.n, 3);
	assert_string_equal(c.warnings.v[0],
			    "config.json: linux.resources.memory.kernel: ignored, it is no longer a "
			    "limit of its own");
	assert_int_equal(test_parse("'linux':{'resources':{'memory':{'useHierarchy':true}}}", &c), 0);
	assert_int_equal(c.warnings.n, 0);
}

#define RESOURCES(members) "'linux':{'resources':{" members "}}"

static void test_bad(void **state)
{
	static const struct test_bad bad[] = {
		{ "'linux':{'resources':1}", "linux.resources: must be an object" },
		{ RESOURCES("'memory':{'limit':-2}"),
		  "linux.resources.memory.limit: must be from -1 to 9223372036854775807" },
		{ RESOURCES("'memory':{'limit':9223372036854775808}"),
		  "linux.resources.memory.limit: must be from -1 to 9223372036854775807" },
		{ RESOURCES("'memory':{'limit':'1g'}"),
		  "linux.resources.memory.limit: must be a whole number" },
		{ RESOURCES("'memory':{'limit':1e3}"),
		  "linux.resources.memory.limit: must be a whole number" },
		{ RESOURCES("'memory':{'limit':true}"),
		  "linux.resources.memory.limit: must be a whole number" },
		{ RESOURCES("'memory':{'swappiness':101}"),
		  "linux.resources.memory.swappiness: must be from 0 to 100" },
		{ RESOURCES("'memory':{'disableOOMKiller':0}"),
		  "linux.resources.memory.disableOOMKiller: must be true or false" },
		{ RESOURCES("'cpu':{'shares':-1}"),
		  "linux.resources.cpu.shares: must be from 0 to 18446744073709551615" },
		{ RESOURCES("'cpu':{'idle':2}"), "linux.resources.cpu.idle: must be from 0 to 1" },
		{ RESOURCES("'cpu':{'quota':5,'burst':6}"),
		  "linux.resources.cpu.burst: must not be above \"quota\"" },
		{ RESOURCES("'cpu':{'cpus':1}"), "linux.resources.cpu.cpus: must be a string" },
		{ RESOURCES("'pids':{'limit':'x'}"), "linux.resources.pids.limit: must be a whole number" },
		{ RESOURCES("'blockIO':{'weight':65536}"),
		  "linux.resources.blockIO.weight: must be from 0 to 65535" },
		{ RESOURCES("'blockIO':{'weightDevice':[{'major':8,'minor':0}]}"),
		  "linux.resources.blockIO.weightDevice[0]: needs a weight or a leafWeight" },
		{ RESOURCES("'blockIO':{'weightDevice':[{'minor':0,'weight':1}]}"),
		  "linux.resources.blockIO.weightDevice[0].major: missing" },
		{ RESOURCES("'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0}]}"),
		  "linux.resources.blockIO.throttleReadBpsDevice[0].rate: missing" },
		{ RESOURCES("'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':-1,'rate':1}]}"),
		  "linux.resources.blockIO.throttleReadBpsDevice[0].minor: must be from 0 to 1048575" },
		{ RESOURCES("'hugepageLimits':[{'pageSize':'64kB','limit':1}]"),
		  "linux.resources.hugepageLimits[0].pageSize: 64kB is not a size as 64KB, 2MB, 1GB" },
		{ RESOURCES("'hugepageLimits':[{'pageSize':'../B','limit':1}]"),
		  "linux.resources.hugepageLimits[0].pageSize: ../B is not a size as 64KB, 2MB, 1GB" },
		{ RESOURCES("'hugepageLimits':[{'pageSize':'02MB','limit':1}]"),
		  "linux.resources.hugepageLimits[0].pageSize: 02MB is not a size as 64KB, 2MB, 1GB" },
		{ RESOURCES("'hugepageLimits':[{'pageSize':'2MB'}]"),
		  "linux.resources.hugepageLimits[0].limit: missing" },
		{ RESOURCES("'rdma':{'mlx5_1':{'hcaHandles':'not a uint32'}}"),
		  "linux.resources.rdma.mlx5_1.hcaHandles: must be a whole number" },
		{ RESOURCES("'rdma':{'mlx5_1':{}}"),
		  "linux.resources.rdma.mlx5_1: needs hcaHandles or hcaObjects" },
		{ RESOURCES("'rdma':{'a b':{'hcaHandles':1}}"),
		  "linux.resources.rdma.a b: not a device with its limits" },
		{ RESOURCES("'rdma':{'a':null}"), "linux.resources.rdma.a: not a device with its limits" },
		{ RESOURCES("'network':{'classID':4294967296}"),
		  "linux.resources.network.classID: must be from 0 to 4294967295" },
		{ RESOURCES("'network':{'priorities':[{'name':'eth0'}]}"),
		  "linux.resources.network.priorities[0].priority: missing" },
		{ RESOURCES("'network':{'priorities':[{'name':'a\\nb','priority':1}]}"),
		  "linux.resources.network.priorities[0].name: not the name of an interface" },
		{ RESOURCES("'unified':{'memory.max':1}"),
		  "linux.resources.unified.memory.max: must be a string" },
		{ RESOURCES("'unified':{'../x':'1'}"),
		  "linux.resources.unified: \"../x\" is not the name of a file" },
		{ RESOURCES("'unified':{'..':'1'}"),
		  "linux.resources.unified: \"..\" is not the name of a file" },
		{ RESOURCES("'unified':{'':'1'}"),
		  "linux.resources.unified: \"\" is not the name of a file" },
		{ RESOURCES("'devices':[{}]"), "linux.resources.devices[0].allow: missing" },
		{ RESOURCES("'devices':[{'allow':true,'type':'p'}]"),
		  "linux.resources.devices[0].type: unknown type p: one of a, c, b" },
		{ RESOURCES("'devices':[{'allow':true,'access':'rx'}]"),
		  "linux.resources.devices[0].access: rx is not made of r, w and m" },
		{ RESOURCES("'devices':[{'allow':true,'major':4096}]"),
		  "linux.resources.devices[0].major: must be from -1 to 4095" },
	};

	test_all_bad(bad, ARRAY_LEN(bad));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_cpu_pids), cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_devices),         cmocka_unit_test(test_rules),
		cmocka_unit_test(test_ignored),         cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
