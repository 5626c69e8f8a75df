/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <json-c/json_object.h>

#include "base/json.h"
#include "spec/cni/cni.h"

static struct arena arena;
static struct err e;
static struct cni_conf conf;

/* ---- the environment ---- */

static const char *const *environment;

static const char *get(const char *name)
{
	for (const char *const *p = environment; *p; p++) {
		const char *value = str_after(*p, name);

		if (value && *value == '=')
			return value + 1;
	}
	return NULL;
}

#define ENV(...) ((const char *const[]){ __VA_ARGS__, NULL })

static int call_with(const char *const *env, struct cni_call *call)
{
	environment = env;
	e = (struct err){ 0 };
	return cni_call_parse(&arena, get, call, &e);
}

static void test_environment(void **state)
{
	struct cni_call call;

	assert_int_equal(
		call_with(
			ENV("CNI_COMMAND=ADD", "CNI_CONTAINERID=a.b-c_1", "CNI_NETNS=/run/netns/x",
			    "CNI_IFNAME=eth0", "CNI_PATH=/a:/b",
			    "CNI_ARGS=K8S_POD_NAME=web;IgnoreUnknown=1;IP=10.1.0.9,fd00::9;MAC=02:00:00:00:00:09"),
			&call),
		0);
	assert_int_equal(call.verb, CNI_ADD);
	assert_string_equal(call.container, "a.b-c_1");
	assert_int_equal(call.ips.n, 2);
	assert_string_equal(call.ips.v[1], "fd00::9");
	assert_string_equal(call.mac, "02:00:00:00:00:09");
	assert_string_equal(call.path, "/a:/b");
	/* DEL can do without the namespace, the others have no attachment */
	assert_int_equal(
		call_with(ENV("CNI_COMMAND=DEL", "CNI_CONTAINERID=a", "CNI_IFNAME=eth0", "CNI_NETNS="),
			  &call),
		0);
	assert_null(call.netns);
	assert_int_equal(call_with(ENV("CNI_COMMAND=GC"), &call), 0);
	assert_int_equal(call_with(ENV("CNI_COMMAND=STATUS"), &call), 0);
	assert_int_equal(call_with(ENV("CNI_COMMAND=VERSION"), &call), 0);
}

static void test_bad_environment(void **state)
{
	static const struct {
		const char *env[6], *cause;
	} cases[] = {
		{ { "A=B" }, "CNI_COMMAND is not set" },
		{ { "CNI_COMMAND=add" }, "CNI_COMMAND is none of" },
		{ { "CNI_COMMAND=ADD" }, "CNI_CONTAINERID is not set" },
		{ { "CNI_COMMAND=ADD", "CNI_CONTAINERID=../x" }, "CNI_CONTAINERID" },
		{ { "CNI_COMMAND=ADD", "CNI_CONTAINERID=-x" }, "CNI_CONTAINERID" },
		{ { "CNI_COMMAND=ADD", "CNI_CONTAINERID=x:y" }, "CNI_CONTAINERID" },
		{ { "CNI_COMMAND=ADD", "CNI_CONTAINERID=x" }, "CNI_IFNAME is not set" },
		{ { "CNI_COMMAND=ADD", "CNI_CONTAINERID=x", "CNI_IFNAME=a/b" }, "CNI_IFNAME" },
		{ { "CNI_COMMAND=ADD", "CNI_CONTAINERID=x", "CNI_IFNAME=.." }, "CNI_IFNAME" },
		{ { "CNI_COMMAND=ADD", "CNI_CONTAINERID=x", "CNI_IFNAME=sixteen-letters-" }, "CNI_IFNAME" },
		{ { "CNI_COMMAND=ADD", "CNI_CONTAINERID=x", "CNI_IFNAME=eth0" }, "CNI_NETNS is not set" },
		{ { "CNI_COMMAND=DEL", "CNI_CONTAINERID=x", "CNI_IFNAME=eth0", "CNI_ARGS=A" },
		  "no value for \"A\"" },
		{ { "CNI_COMMAND=DEL", "CNI_CONTAINERID=x", "CNI_IFNAME=eth0", "CNI_ARGS=A=B" },
		  "has \"A\", which guise-cni does not know" },
	};
	struct cni_call call;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(call_with(cases[i].env, &call), -EINVAL);
		assert_int_equal(cni_error_code(&e), 4);
		if (!strstr(e.cause, cases[i].cause))
			fail_msg("%s: %s", cases[i].cause, e.cause);
	}
}

/* ---- the configuration ---- */

static int parse_for(enum cni_verb verb, const char *text)
{
	struct cni_call call = { .verb = verb, .path = "" };

	cni_conf_free(&conf);
	e = (struct err){ 0 };
	return cni_conf_parse(&arena, text, strlen(text), &call, &conf, &e);
}

#define HEAD "{\"cniVersion\": \"1.0.0\", \"name\": \"net\", \"type\": \"guise\""

static void test_defaults(void **state)
{
	assert_int_equal(parse_for(CNI_ADD, HEAD "}"), 0);
	assert_int_equal(conf.version, CNI_1_0_0);
	/* nothing is said of addresses: guise chooses, and the bridge is the way out */
	assert_true(conf.is_default_gateway && conf.masquerade && conf.is_gateway);
	assert_int_equal(parse_for(CNI_ADD, HEAD ", \"ipMasq\": false}"), 0);
	assert_false(conf.masquerade);
	/* otherwise as the reference plugin has it */
	assert_int_equal(
		parse_for(CNI_ADD, HEAD ", \"ipam\": {\"type\": \"guise\", \"subnet\": \"10.1.0.0/24\"}}"),
		0);
	assert_false(conf.is_gateway || conf.is_default_gateway || conf.masquerade);
	assert_int_equal(parse_for(CNI_ADD, HEAD
				   ", \"isDefaultGateway\": true, \"ipam\": {\"subnet\": \"10.1.0.0/24\"}}"),
			 0);
	assert_true(conf.is_gateway);
}

static void test_ranges(void **state)
{
	char text[IP_TEXT];

	assert_int_equal(
		parse_for(
			CNI_ADD, HEAD
			", \"ipam\": {\"type\": \"guise\", \"ranges\": ["
			"[{\"subnet\": \"10.1.0.0/16\", \"rangeStart\": \"10.1.0.10\", \"rangeEnd\": \"10.1.0.20\"},"
			" {\"subnet\": \"10.2.0.0/16\", \"gateway\": \"10.2.0.254\"}],"
			"[{\"subnet\": \"fd00::/64\"}]],"
			"\"routes\": [{\"dst\": \"0.0.0.0/0\"}, {\"dst\": \"10.9.0.0/16\", \"gw\": \"10.1.0.9\"}]}}"),
		0);
	assert_int_equal(conf.n_ranges, 3);
	assert_int_equal(conf.n_sets, 2);
	assert_int_equal(conf.ranges[1].set, 0);
	assert_int_equal(conf.ranges[2].set, 1);
	assert_string_equal(ip_text(conf.ranges[0].gateway, text), "10.1.0.1");
	assert_string_equal(ip_text(conf.ranges[0].last, text), "10.1.0.20");
	assert_string_equal(ip_text(conf.ranges[1].gateway, text), "10.2.0.254");
	assert_string_equal(ip_text(conf.ranges[2].gateway, text), "fd00::1");
	assert_int_equal(conf.n_routes, 2);
	assert_string_equal(ip_text(conf.routes[1].via, text), "10.1.0.9");
	assert_false(cni_route_has_options(&conf.routes[1]));
}

static void test_capabilities(void **state)
{
	char text[IP_TEXT];

	assert_int_equal(
		parse_for(CNI_ADD, HEAD
			  ", \"runtimeConfig\": {\"ips\": [\"10.1.0.7/24\"], \"mac\": \"02:AA:00:00:00:07\","
			  "\"ipRanges\": [[{\"subnet\": \"10.1.0.0/24\"}]]}}"),
		0);
	assert_int_equal(conf.n_ips, 1);
	assert_string_equal(ip_text(conf.ips[0], text), "10.1.0.7");
	assert_string_equal(conf.mac, "02:aa:00:00:00:07");
	assert_int_equal(conf.n_ranges, 1);
}

static void test_vlans(void **state)
{
	assert_int_equal(parse_for(CNI_ADD, HEAD ", \"vlan\": 5}"), 0);
	assert_true(conf.vlan == 5 && !conf.no_default_vlan && !conf.trunk.n);
	assert_int_equal(parse_for(CNI_ADD, HEAD ", \"vlan\": 5, \"preserveDefaultVlan\": false}"), 0);
	assert_true(conf.no_default_vlan);
	assert_int_equal(parse_for(CNI_ADD, HEAD ", \"vlan\": 0, \"preserveDefaultVlan\": false, \"vlanTrunk\": []}"), 0);
	assert_false(conf.vlan || conf.no_default_vlan);
	/* what touches is one range; VLAN 1 is every port's */
	assert_int_equal(parse_for(CNI_ADD, HEAD ", \"ipam\": {\"subnet\": \"10.1.0.0/24\"}, \"vlanTrunk\": ["
						 "{\"minID\": 20, \"maxID\": 29, \"id\": 4094},"
						 "{\"id\": 30}, {\"minID\": 1, \"maxID\": 2}]}"),
			 0);
	assert_int_equal(conf.trunk.n, 3);
	assert_string_equal(conf.trunk.v[0], "2");
	assert_string_equal(conf.trunk.v[1], "20-30");
	assert_string_equal(conf.trunk.v[2], "4094");
}

static void test_route_options(void **state)
{
	assert_int_equal(parse_for(CNI_ADD, HEAD ", \"ipam\": {\"subnet\": \"10.1.0.0/24\", \"routes\": ["
						 "{\"dst\": \"0.0.0.0/0\", \"mtu\": 1300, \"advmss\": 1200, \"priority\": 100,"
						 "\"table\": 70000, \"scope\": 0}, {\"dst\": \"10.9.0.0/16\", \"scope\": 253}]}}"),
			 0);
	assert_true(conf.routes[0].mtu == 1300 && conf.routes[0].advmss == 1200);
	assert_true(conf.routes[0].priority == 100 && conf.routes[0].table == 70000);
	assert_true(conf.routes[0].scoped && !conf.routes[0].scope && conf.routes[1].scope == 253);
	assert_true(cni_route_has_options(&conf.routes[1]));
}

#define PORTS(mapping) HEAD ", \"runtimeConfig\": {\"portMappings\": [" mapping "]}"

static void test_ports(void **state)
{
	assert_int_equal(
		parse_for(
			CNI_ADD, HEAD
			", \"runtimeConfig\": {\"portMappings\": [{\"hostPort\": 8080, \"containerPort\": 80},"
			"{\"hostPort\": 0, \"containerPort\": 81},"
			"{\"hostPort\": 53, \"containerPort\": 54, \"protocol\": \"UDP\", \"hostIP\": \"fd00:0::1\"}]}}"),
		0);
	assert_int_equal(conf.n_ports, 2);
	assert_true(conf.ports[0].host == 8080 && conf.ports[0].container == 80 && !conf.ports[0].ip);
	assert_int_equal(conf.ports[0].proto, IPPROTO_TCP);
	assert_int_equal(conf.ports[1].proto, IPPROTO_UDP);
	assert_string_equal(conf.ports[1].ip, "fd00::1");
}

static void test_bad_configurations(void **state)
{
	static const struct {
		const char *text, *cause;
		unsigned code;
	} cases[] = {
		{ "", "it ends too early", 6 },
		{ "[]", "not a JSON object", 6 },
		{ "{}", "not said, which means 0.1.0", 1 },
		{ "{\"cniVersion\": \"0.2.0\"}", "is 0.2.0, and guise-cni has", 1 },
		{ "{\"cniVersion\": \"9.0.0\"}", "is 9.0.0", 1 },
		{ "{\"cniVersion\": \"1.0.0\", \"type\": \"guise\"}", "name: must be", 7 },
		{ "{\"cniVersion\": \"1.0.0\", \"name\": \"../a\", \"type\": \"guise\"}", "name: must be",
		  7 },
		{ "{\"cniVersion\": \"1.0.0\", \"name\": \"a\"}", "type: is missing", 7 },
		{ HEAD ", \"bridge\": \"a/b\"}", "bridge: is no name", 7 },
		{ HEAD ", \"bridge\": \"guise-xyz\"}", "bridge: begins with guise-x", 7 },
		{ HEAD ", \"dns\": 7}", "dns: ", 7 },
		{ HEAD ", \"vlan\": 4095}", "vlan: ", 7 },
		{ HEAD ", \"vlan\": 5, \"vlanTrunk\": [{\"id\": 6}]}", "vlanTrunk: does not go with vlan", 7 },
		{ HEAD ", \"vlan\": 4000, \"bridge\": \"eleven-long\"}", "would be eleven-long.4000", 7 },
		{ HEAD ", \"vlanTrunk\": [{\"id\": 4095}]}", "vlanTrunk[0].id: ", 7 },
		{ HEAD ", \"vlanTrunk\": [{\"minID\": 5}]}", "vlanTrunk[0].maxID: is missing", 7 },
		{ HEAD ", \"vlanTrunk\": [{\"minID\": 5, \"maxID\": 4}]}", "is less than minID", 7 },
		{ HEAD ", \"isGateway\": true, \"ipam\": {\"subnet\": \"10.1.0.0/24\"},"
		       "\"vlanTrunk\": [{\"id\": 5}]}",
		  "vlanTrunk: does not go with isGateway", 7 },
		{ HEAD ", \"vlanTrunk\": [{\"id\": 5}]}", "nor without ipam", 7 },
		{ HEAD ", \"vlanTrunk\": [{}]}", "vlanTrunk[0].id: is missing", 7 },
		{ HEAD ", \"mtu\": 20}", "mtu: must be 68", 7 },
		{ HEAD ", \"mtu\": \"1500\"}", "mtu: ", 7 },
		{ HEAD ", \"isGateway\": \"yes\"}", "isGateway: ", 7 },
		{ HEAD ", \"ipam\": {\"type\": \"../x\"}}", "ipam.type: must be", 7 },
		{ HEAD ", \"ipam\": {\"subnet\": \"10.1.0.0\"}}", "ipam.subnet: must be a network", 7 },
		{ HEAD ", \"ipam\": {\"ranges\": [[{}]]}}", "subnet: must be a network", 7 },
		{ HEAD ", \"ipam\": {\"ranges\": [7]}}", "ranges: must be an array", 7 },
		{ HEAD ", \"ipam\": {\"subnet\": \"10.1.0.0/24\", \"gateway\": \"10.2.0.1\"}}",
		  "does not lie in", 7 },
		{ HEAD
		  ", \"ipam\": {\"subnet\": \"10.1.0.0/24\", \"rangeStart\": \"10.1.0.9\", \"rangeEnd\": \"10.1.0.8\"}}",
		  "lies before rangeStart", 7 },
		{ HEAD
		  ", \"ipam\": {\"ranges\": [[{\"subnet\": \"10.1.0.0/24\"}, {\"subnet\": \"10.1.0.0/16\"}]]}}",
		  "overlaps", 7 },
		{ HEAD ", \"ipam\": {\"subnet\": \"10.1.0.0/24\", \"routes\": [{\"dst\": \"x\"}]}}",
		  "is no address", 7 },
		{ HEAD
		  ", \"ipam\": {\"subnet\": \"10.1.0.0/24\", \"routes\": [{\"dst\": \"10.9.0.0/16\", \"mtu\": 65536}]}}",
		  "routes[0].mtu: ", 7 },
		{ HEAD
		  ", \"ipam\": {\"subnet\": \"10.1.0.0/24\", \"routes\": [{\"dst\": \"10.9.0.0/16\", \"gw\": \"10.1.0.9\", \"scope\": 253}]}}",
		  "scope: 253 is one without a gw", 7 },
		{ HEAD
		  ", \"ipam\": {\"subnet\": \"10.1.0.0/24\", \"routes\": [{\"dst\": \"10.9.0.0/16\", \"scope\": 255}]}}",
		  "scope: ", 7 },
		{ HEAD ", \"runtimeConfig\": {\"mac\": \"01:00:00:00:00:01\"}}", "is no hardware address",
		  7 },
		{ HEAD ", \"runtimeConfig\": {\"ips\": [\"x\"]}}", "is no address", 7 },
		{ PORTS("7") "}", "portMappings", 7 },
		{ PORTS("{\"hostPort\": 80}") "}", "containerPort: must be", 7 },
		{ PORTS("{\"hostPort\": 65536, \"containerPort\": 80}") "}", "hostPort: ", 7 },
		{ PORTS("{\"hostPort\": 80, \"containerPort\": 80, \"protocol\": \"icmp\"}") "}",
		  "protocol: must be", 7 },
		{ PORTS("{\"hostPort\": 80, \"containerPort\": 80, \"hostIP\": \"x\"}") "}", "is no address",
		  7 },
		{ PORTS("{\"hostPort\": 80, \"containerPort\": 80}, {\"hostPort\": 80, \"containerPort\": 81}") "}",
		  "port 80 of the host to two", 7 },
		{ PORTS("{\"hostPort\": 80, \"containerPort\": 80}") ", \"snat\": false}", "snat: false", 2 },
		{ PORTS("{\"hostPort\": 80, \"containerPort\": 80}") ", \"conditionsV4\": [\"-s\", \"10.0.0.0/8\"]}",
		  "conditionsV4: ", 2 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (parse_for(CNI_ADD, cases[i].text) >= 0)
			fail_msg("taken: %s", cases[i].text);
		if (!strstr(e.cause, cases[i].cause) || cni_error_code(&e) != cases[i].code)
			fail_msg("%s: %u, %s", cases[i].cause, cni_error_code(&e), e.cause);
	}
}

/* What was attached can be taken away, whatever has become of the configuration. */
static void test_del_is_lenient(void **state)
{
	assert_int_equal(parse_for(CNI_DEL, HEAD
				   ", \"mtu\": 20, \"ipam\": {\"type\": \"host-local\", \"subnet\": 7}}"),
			 0);
	assert_string_equal(conf.delegate, "host-local");
	assert_int_equal(parse_for(CNI_DEL, HEAD ", \"ipam\": {\"type\": \"guise\"}}"), 0);
	assert_null(conf.delegate);
}

/* ---- results and errors ---- */

static const char *result_for(const char *version, const char *prev)
{
	static struct cni_result result;
	struct str out = { .arena = &arena };

	assert_int_equal(
		parse_for(CNI_ADD,
			  arena_printf(&arena,
				       "{\"cniVersion\": \"%s\", \"name\": \"net\", \"type\": \"guise\"%s%s}",
				       version, prev ? ", \"prevResult\": " : "", prev ? prev : "")),
		0);
	result = (struct cni_result){ .interfaces = { { "eth0", "02:00:00:00:00:01", "/ns", 1400 } },
				      .n_interfaces = 1,
				      .n_ips = 1,
				      .n_routes = 1 };
	ip_parse("10.1.0.2/24", &result.ips[0].address);
	ip_parse("10.1.0.1", &result.ips[0].gateway);
	ip_parse("0.0.0.0/0", &result.routes[0].to);
	result.routes[0].mtu = 1300;
	result.routes[0].scoped = true;
	cni_result_write(&conf, &result, &out);
	return str_get(&out);
}

static void test_results(void **state)
{
	const char *old = result_for("0.3.1", NULL), *latest;

	assert_non_null(strstr(old, "\"version\": \"4\""));
	assert_null(strstr(old, "1400"));
	latest = result_for("1.1.0", NULL);
	assert_null(strstr(latest, "\"version\""));
	assert_non_null(strstr(latest, "\"mtu\": 1400"));
	assert_non_null(strstr(latest, "\"mtu\": 1300"));
	assert_non_null(strstr(latest, "\"scope\": 0"));
	assert_null(strstr(result_for("1.0.0", NULL), "\"mtu\""));
}

/* What came before stays, also what guise-cni does not know; the numbers of interfaces go on from it. */
static void test_chain(void **state)
{
	const char *text = result_for(
		"1.0.0",
		"{\"cniVersion\": \"1.0.0\", \"interfaces\": [{\"name\": \"lo\", \"x\": 7}],"
		"\"ips\": [{\"address\": \"10.9.0.2/24\", \"interface\": 0}], \"dns\": {\"domain\": \"d\"},"
		"\"odd\": [1]}");
	struct json_object *o = json_from_text(text, strlen(text), &e), *list, *item;

	assert_non_null(o);
	assert_non_null(strstr(text, "\"odd\""));
	assert_non_null(strstr(text, "\"x\": 7"));
	assert_non_null(strstr(text, "\"domain\": \"d\""));
	assert_true(json_object_object_get_ex(o, "ips", &list));
	assert_int_equal(json_object_array_length(list), 2);
	assert_true(json_object_object_get_ex(json_object_array_get_idx(list, 1), "interface", &item));
	assert_int_equal(json_object_get_int(item), 1);
	json_object_put(o);
	/* what is no list and no object gives way */
	text = result_for("1.0.0", "{\"dns\": \"x\", \"ips\": 7, \"interfaces\": null}");
	assert_non_null(strstr(text, "10.1.0.2/24"));
	assert_non_null(strstr(text, "\"dns\": {"));
}

static void test_errors(void **state)
{
	struct str out = { .arena = &arena };
	struct err full = { 0 };

	err_set(&full, "no-free-address", EADDRNOTAVAIL, "take \"it\"");
	err_hint(&full, "later");
	cni_error_write(CNI_0_4_0, &full, &out);
	assert_non_null(strstr(out.p, "\"cniVersion\": \"0.4.0\""));
	assert_non_null(strstr(out.p, "\"code\": 101"));
	assert_non_null(strstr(out.p, "take \\\"it\\\""));
	assert_non_null(strstr(out.p, "\"details\": \"no-free-address: later\""));
}

static int end(void **state)
{
	cni_conf_free(&conf);
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_environment),  cmocka_unit_test(test_bad_environment),
		cmocka_unit_test(test_defaults),     cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_capabilities), cmocka_unit_test(test_bad_configurations),
		cmocka_unit_test(test_vlans),
		cmocka_unit_test(test_route_options),
		cmocka_unit_test(test_ports),        cmocka_unit_test(test_del_is_lenient),
		cmocka_unit_test(test_results),      cmocka_unit_test(test_chain),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
