/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/str.h"
#include "kernel/net/port.h"
#include "spec/publish.h"

static struct arena arena;
static struct err e;

static void good_ones(void **state)
{
	static const struct {
		const char *text, *ip;
		unsigned host, host_count, container, count;
		uint8_t proto;
	} cases[] = {
		{ "8080:80", NULL, 8080, 1, 80, 1, IPPROTO_TCP },
		{ "80", NULL, 0, 1, 80, 1, IPPROTO_TCP },
		{ ":80", NULL, 0, 1, 80, 1, IPPROTO_TCP },
		{ "0:80", NULL, 0, 1, 80, 1, IPPROTO_TCP },
		{ "53:53/udp", NULL, 53, 1, 53, 1, IPPROTO_UDP },
		{ "53:53/UDP", NULL, 53, 1, 53, 1, IPPROTO_UDP },
		{ "5000:5000/sctp", NULL, 5000, 1, 5000, 1, IPPROTO_SCTP },
		{ "127.0.0.1:8080:80", "127.0.0.1", 8080, 1, 80, 1, IPPROTO_TCP },
		{ "127.0.0.1::80", "127.0.0.1", 0, 1, 80, 1, IPPROTO_TCP },
		{ "0.0.0.0:8080:80/tcp", "0.0.0.0", 8080, 1, 80, 1, IPPROTO_TCP },
		{ "[fd00::1]:8080:80", "fd00::1", 8080, 1, 80, 1, IPPROTO_TCP },
		{ "[FD00:0::1]:8080:80", "fd00::1", 8080, 1, 80, 1, IPPROTO_TCP },
		{ "[::]:8080:80", "::", 8080, 1, 80, 1, IPPROTO_TCP },
		{ "[fd00::1]::80/udp", "fd00::1", 0, 1, 80, 1, IPPROTO_UDP },
		{ "8000-8009:9000-9009", NULL, 8000, 10, 9000, 10, IPPROTO_TCP },
		{ "8000-8009:80", NULL, 8000, 10, 80, 1, IPPROTO_TCP },
		{ "9000-9002", NULL, 0, 3, 9000, 3, IPPROTO_TCP },
		{ "10.0.0.1:8000-8001:1-2", "10.0.0.1", 8000, 2, 1, 2, IPPROTO_TCP },
		{ "1-65535:1-65535", NULL, 1, 65535, 1, 65535, IPPROTO_TCP },
		{ "65535:65535", NULL, 65535, 1, 65535, 1, IPPROTO_TCP },
		{ "08080:080", NULL, 8080, 1, 80, 1, IPPROTO_TCP },
		{ "7000-7000:70", NULL, 7000, 1, 70, 1, IPPROTO_TCP },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct spec_port p;

		if (publish_parse(&arena, cases[i].text, &p, &e) < 0)
			fail_msg("%s: %s", cases[i].text, e.cause);
		assert_int_equal(p.host, cases[i].host);
		assert_int_equal(p.host_count, cases[i].host_count);
		assert_int_equal(p.container, cases[i].container);
		assert_int_equal(p.count, cases[i].count);
		assert_int_equal(p.proto, cases[i].proto);
		if (cases[i].ip)
			assert_string_equal(p.ip, cases[i].ip);
		else
			assert_null(p.ip);
	}
}

static void bad_ones(void **state)
{
	static const char *const cases[] = {
		"",
		":",
		"::",
		"x",
		"0",
		"-1",
		"-1:80",
		"80-",
		"8080:",
		"8080:0",
		"8080:65536",
		"65536:80",
		"99999999999999999999:80",
		"8080:80:90:100",
		"8080:80/",
		"8080:80/icmp",
		"8080:80/tcp/udp",
		"8080 :80",
		" 8080:80",
		"8080:80 ",
		"+80:80",
		"0x50:80",
		"80.5:80",
		"localhost:8080:80",
		"127.0.0:8080:80",
		"127.0.0.1/8:8080:80",
		"256.0.0.1:8080:80",
		":8080:80",
		"fd00::1:8080:80",
		"[fd00::1]8080:80",
		"[fd00::1]",
		"[fd00::1:8080:80",
		"[fd00::1%eth0]:8080:80",
		"[127.0.0.1]:8080:80",
		"[]:8080:80",
		"[::1]:8080:80",
		"224.0.0.1:8080:80",
		"255.255.255.255:8080:80",
		"[ff02::1]:8080:80",
		"8009-8000:80",
		"8000-8009:80-81",
		"8000:80-81",
		"8000-:80",
		"0-10:80",
		"8000-8009-8010:80",
		"8080:80\n",
		"8080:8\xc3\xa9",
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct spec_port p;

		if (publish_parse(&arena, cases[i], &p, &e) != -EINVAL)
			fail_msg("'%s' was taken", cases[i]);
		assert_string_equal(e.code, "bad-publish");
		assert_true(*e.cause && *e.hint);
	}
}

static void those_that_overlap(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlap;
	} cases[] = {
		{ "8080:80", "8080:81", true },
		{ "8080:80", "8081:80", false },
		{ "8080:80", "8080:80/udp", false },
		{ "80", "80", false },
		{ "8080:80", "127.0.0.1:8080:80", true },
		{ "0.0.0.0:8080:80", "[::]:8080:80", false },
		{ "0.0.0.0:8080:80", "127.0.0.1:8080:80", true },
		{ "[::]:8080:80", "[fd00::1]:8080:80", true },
		{ "10.0.0.1:8080:80", "127.0.0.1:8080:80", false },
		{ "8000-8009:8000-8009", "8009:80", true },
		{ "8000-8009:8000-8009", "8010:80", false },
		{ "8000-8009:80", "8000-8009:81", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct spec_port a, b;

		assert_int_equal(publish_parse(&arena, cases[i].a, &a, &e), 0);
		assert_int_equal(publish_parse(&arena, cases[i].b, &b, &e), 0);
		if (publish_overlap(&a, &b) != cases[i].overlap ||
		    publish_overlap(&b, &a) != cases[i].overlap)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
}

static void all_that_is_exposed(void **state)
{
	static const char *const exposed[] = { "80/tcp", "80/udp", "81/tcp", "8005/tcp" };
	struct spec s = { .publish_all = true };
	struct spec_port *list;
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(exposed); i++)
		strv_push(&arena, &s.exposed, exposed[i]);
	arena_push(&arena, s.ports, s.n_ports, ((struct spec_port){ 0 }));
	assert_int_equal(publish_parse(&arena, "9000-9009:8000-8009", &s.ports[0], &e), 0);
	list = publish_wished(&arena, &s, &n);
	assert_int_equal(n, 4);
	assert_int_equal(list[0].host, 9000);
	assert_int_equal(list[1].container, 80);
	assert_int_equal(list[1].proto, IPPROTO_TCP);
	assert_int_equal(list[2].proto, IPPROTO_UDP);
	assert_int_equal(list[3].container, 81);
	for (size_t i = 1; i < n; i++) {
		assert_int_equal(list[i].host, 0);
		assert_int_equal(list[i].count, 1);
	}
	s.publish_all = false;
	publish_wished(&arena, &s, &n);
	assert_int_equal(n, 1);
}

static void names_of_protocols(void **state)
{
	assert_string_equal(port_proto(IPPROTO_SCTP), "sctp");
	assert_string_equal(port_proto(IPPROTO_ICMP), "?");
	assert_int_equal(port_proto_of("udp"), IPPROTO_UDP);
	assert_int_equal(port_proto_of("icmp"), 0);
}

static int teardown(void **state)
{
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones),          cmocka_unit_test(bad_ones),
		cmocka_unit_test(those_that_overlap), cmocka_unit_test(all_that_is_exposed),
		cmocka_unit_test(names_of_protocols),
	};

	return cmocka_run_group_tests_name("publish", tests, NULL, teardown);
}
