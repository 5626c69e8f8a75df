/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "net/zone.h"
#include "spec/dns.h"

static const struct ip subnets[] = { { AF_INET, 24, { 10, 10, 0, 0 } } };

struct place {
	char path[32];
	struct zone z;
	struct arena a;
	uint8_t out[DNS_TCP];
	struct dns_query q;
};

static int begin(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->path, "/tmp/zone.XXXXXX");
	if (!mkdtemp(p->path))
		return -1;
	p->z = (struct zone)ZONE_INIT(open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	*state = p;
	return 0;
}

static int end(void **state)
{
	struct place *p = *state;

	close(p->z.dir);
	zone_close(&p->z);
	io_remove_tree(AT_FDCWD, p->path);
	arena_free(&p->a);
	free(p);
	return 0;
}

static void write_names(struct place *p, const char *text)
{
	assert_int_equal(io_write_file(p->z.dir, ROSTER_FILE, text, strlen(text), 0600), 0);
}

/* The length of a query for the name. */
static size_t make_query(const char *name, unsigned type, uint8_t *query)
{
	static const uint8_t head[DNS_HEADER] = { 0x12, 0x34, 1, 0, 0, 1 };
	size_t at = DNS_HEADER;

	memcpy(query, head, sizeof(head));
	while (*name) {
		size_t label = strcspn(name, ".");

		query[at++] = (uint8_t)label;
		memcpy(query + at, name, label);
		at += label;
		name += label + (name[label] == '.');
	}
	memcpy(query + at, (uint8_t[]){ 0, 0, (uint8_t)type, 0, 1 }, 5);
	return at + 5;
}

/* "CODE: address address", or "" where others are to be asked; of a PTR "CODE: N records". */
static const char *answer(struct place *p, const char *name, unsigned type)
{
	uint8_t query[DNS_UDP];
	size_t len = make_query(name, type, query);
	int n = zone_answer(&p->z, subnets, ARRAY_LEN(subnets), query, len, true, &p->q, p->out);
	struct str text = { .arena = &p->a };
	char buf[IP_TEXT];

	assert_in_range(n, 0, DNS_UDP);
	if (n == 0)
		return "";
	str_addf(&text, "%d:", dns_code(p->out));
	for (size_t at = len; type != DNS_PTR && at < (size_t)n; at += 12u + p->out[at + 11])
		str_addf(&text, " %s",
			 ip_text(ip_of(p->out[at + 11] == 4 ? AF_INET : AF_INET6, p->out + at + 12,
				       p->out[at + 11]),
				 buf));
	if (type == DNS_PTR)
		str_addf(&text, " %d records", p->out[7]);
	return str_get(&text);
}

#define NAMES                                                                                                \
	"10.10.0.2 aaaa web www 0123456789ab\n"                                                              \
	"fd00::2 aaaa web www 0123456789ab\n"                                                                \
	"10.10.0.3 bbbb db.local www\n"                                                                      \
	"- cccc \n"

static void names_have_addresses_of_a_family(void **state)
{
	struct place *p = *state;

	write_names(p, NAMES);
	assert_string_equal(answer(p, "web", DNS_A), "0: 10.10.0.2");
	assert_string_equal(answer(p, "WEB", DNS_AAAA), "0: fd00::2");
	assert_string_equal(answer(p, "web", DNS_ANY), "0: 10.10.0.2 fd00::2");
	assert_string_equal(answer(p, "0123456789ab", DNS_A), "0: 10.10.0.2");
	assert_string_equal(answer(p, "db.local", DNS_A), "0: 10.10.0.3");
}

static void a_known_name_without_that_type_is_no_unknown_one(void **state)
{
	struct place *p = *state;

	write_names(p, NAMES);
	assert_string_equal(answer(p, "db.local", DNS_AAAA), "0:");
	assert_string_equal(answer(p, "web", 16 /* TXT */), "0:");
}

static void what_is_unknown_is_for_others(void **state)
{
	struct place *p = *state;

	assert_string_equal(answer(p, "web", DNS_A), ""); /* nobody is there */
	write_names(p, NAMES);
	assert_string_equal(answer(p, "nobody", DNS_A), "");
	assert_string_equal(answer(p, "db", DNS_A), "");
	assert_string_equal(answer(p, "aaaa", DNS_A), "");
	assert_string_equal(answer(p, "", DNS_A), "");
	assert_string_equal(answer(p, "7.2.0.192.in-addr.arpa", DNS_PTR), "");
}

static void addresses_have_names_and_the_networks_own_are_no_others(void **state)
{
	struct place *p = *state;

	write_names(p, NAMES);
	assert_string_equal(answer(p, "2.0.10.10.in-addr.arpa", DNS_PTR), "0: 1 records");
	assert_string_equal(answer(p, "9.0.10.10.in-addr.arpa", DNS_PTR), "3: 0 records");
	assert_string_equal(answer(p, "2.0.10.10.in-addr.arpa", DNS_A), "0:");
}

static void several_of_one_name_take_turns(void **state)
{
	struct place *p = *state;

	write_names(p, NAMES);
	assert_string_equal(answer(p, "www", DNS_A), "0: 10.10.0.2 10.10.0.3");
	assert_string_equal(answer(p, "www", DNS_A), "0: 10.10.0.3 10.10.0.2");
	assert_string_equal(answer(p, "www", DNS_A), "0: 10.10.0.2 10.10.0.3");
}

static void who_comes_and_goes_is_seen_at_once(void **state)
{
	struct place *p = *state;

	write_names(p, NAMES);
	assert_string_equal(answer(p, "web", DNS_A), "0: 10.10.0.2");
	for (int i = 0; i < 50; i++) { /* within one tick of the clock, and with the same size */
		write_names(p, "10.10.0.4 dddd new\n");
		assert_string_equal(answer(p, "new", DNS_A), "0: 10.10.0.4");
		write_names(p, "10.10.0.5 eeee new\n");
		assert_string_equal(answer(p, "new", DNS_A), "0: 10.10.0.5");
	}
	assert_string_equal(answer(p, "web", DNS_A), "");
	unlinkat(p->z.dir, ROSTER_FILE, 0);
	assert_string_equal(answer(p, "new", DNS_A), "");
}

static void many_are_found(void **state)
{
	struct place *p = *state;
	struct str text = { .arena = &p->a };

	for (int i = 0; i < 3000; i++)
		str_addf(&text, "10.20.%d.%d id%d name%d all\n", i / 250, i % 250, i, i);
	write_names(p, text.p);
	assert_string_equal(answer(p, "name0", DNS_A), "0: 10.20.0.0");
	assert_string_equal(answer(p, "name2999", DNS_A), "0: 10.20.11.249");
	assert_string_equal(answer(p, "name3000", DNS_A), "");
	assert_non_null(strstr(answer(p, "all", DNS_A), "0: 10.20.")); /* as many as have room */
	assert_int_equal(p->out[2] & 0x02, 0x02);
}

static void a_query_that_is_none(void **state)
{
	struct place *p = *state;
	uint8_t query[DNS_UDP];
	size_t len = make_query("web", DNS_A, query);

	assert_int_equal(zone_answer(&p->z, subnets, 1, query, 5, true, &p->q, p->out), -1);
	assert_int_equal(zone_answer(&p->z, subnets, 1, query, len - 1, true, &p->q, p->out), DNS_HEADER);
	assert_int_equal(dns_code(p->out), DNS_FORMERR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(names_have_addresses_of_a_family),
		TEST(a_known_name_without_that_type_is_no_unknown_one),
		TEST(what_is_unknown_is_for_others),
		TEST(addresses_have_names_and_the_networks_own_are_no_others),
		TEST(several_of_one_name_take_turns),
		TEST(who_comes_and_goes_is_seen_at_once),
		TEST(many_are_found),
		TEST(a_query_that_is_none),
	};

	return cmocka_run_group_tests_name("net/zone", tests, NULL, NULL);
}
