/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "spec/dns.h"

/* A query for web.example, A, with recursion wanted, number 0x1234; and its record of more room, 4096. */
#define HEAD     "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
#define HEAD_OPT "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01"
#define WEB                                                                                                  \
	"\x03web\x07"                                                                                        \
	"example\x00"
#define IN_A "\x00\x01\x00\x01"
#define OPT  "\x00\x00\x29\x10\x00\x00\x00\x00\x00\x00\x00"

#define PARSE(text, q) dns_parse((const uint8_t *)(text), sizeof(text) - 1, (q))

static void a_question(void **state)
{
	struct dns_query q;

	assert_int_equal(PARSE(HEAD WEB IN_A, &q), 0);
	assert_string_equal(q.name, "web.example");
	assert_int_equal(q.type, DNS_A);
	assert_int_equal(q.class, DNS_IN);
	assert_int_equal(q.end, DNS_HEADER + 13 + 4);
	assert_false(q.edns);
	assert_int_equal(q.room, DNS_UDP);
}

static void more_room_is_taken_up_to_what_is_sent(void **state)
{
	struct dns_query q;

	assert_int_equal(PARSE(HEAD_OPT WEB IN_A OPT, &q), 0);
	assert_true(q.edns);
	assert_int_equal(q.room, DNS_EDNS);
	assert_int_equal(PARSE(HEAD_OPT WEB IN_A "\x00\x00\x29\x03\x00\x00\x00\x00\x00\x00\x00", &q), 0);
	assert_int_equal(q.room, 768);
	assert_int_equal(PARSE(HEAD_OPT WEB IN_A "\x00\x00\x29\x10\x00\x00\x00", &q), 0); /* it isn't whole */
	assert_false(q.edns);
}

static void what_is_no_question_gets_no_answer(void **state)
{
	struct dns_query q;

	assert_int_equal(PARSE("\x12\x34\x01\x00", &q), -1);
	assert_int_equal(PARSE("\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00" WEB IN_A, &q), -1);
}

static void a_bad_one_is_told_so(void **state)
{
	struct dns_query q;

	assert_int_equal(PARSE("\x12\x34\x29\x00\x00\x01\x00\x00\x00\x00\x00\x00" WEB IN_A, &q), DNS_NOTIMP);
	assert_int_equal(PARSE("\x12\x34\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00" WEB IN_A WEB IN_A, &q),
			 DNS_FORMERR);
	assert_int_equal(PARSE("\x12\x34\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00", &q), DNS_FORMERR);
	assert_int_equal(PARSE("\x12\x34\x01\x00\x00\x01\x00\x01\x00\x00\x00\x00" WEB IN_A, &q), DNS_FORMERR);
	assert_int_equal(PARSE(HEAD WEB "\x00\x01\x00", &q), DNS_FORMERR);
	assert_int_equal(PARSE(HEAD "\x03web", &q), DNS_FORMERR);
	assert_int_equal(PARSE(HEAD "\x07web", &q), DNS_FORMERR);
	assert_int_equal(q.end, DNS_HEADER);
}

static void pointers_are_refused(void **state)
{
	struct dns_query q;

	assert_int_equal(PARSE(HEAD "\xc0\x0c" IN_A, &q), DNS_FORMERR);
	assert_int_equal(PARSE(HEAD "\x03web\xc0\x0c" IN_A, &q), DNS_FORMERR);
	assert_int_equal(PARSE(HEAD "\x41" WEB IN_A, &q), DNS_FORMERR);
}

/* Of labels of 63 bytes: three and one of 61 are 255 bytes, as many as there may be; one more is too many. */
static void a_name_has_255_bytes_at_most(void **state)
{
	uint8_t message[DNS_HEADER + 300] = HEAD;
	size_t at = DNS_HEADER;
	struct dns_query q;

	for (int i = 0; i < 4; i++) {
		message[at++] = i < 3 ? 63 : 61;
		memset(message + at, 'a', 63);
		at += i < 3 ? 63 : 61;
	}
	message[at] = 0;
	memcpy(message + at + 1, IN_A, 4);
	assert_int_equal(dns_parse(message, at + 5, &q), 0);
	assert_int_equal(strlen(q.name), 253);
	message[at - 62] = 62;
	message[at] = 'a';
	message[at + 1] = 0;
	memcpy(message + at + 2, IN_A, 4);
	assert_int_equal(dns_parse(message, at + 6, &q), DNS_FORMERR);
}

static void a_name_that_no_host_has_is_none(void **state)
{
	struct dns_query q;

	assert_int_equal(PARSE(HEAD "\x05we.eb\x00" IN_A, &q), 0);
	assert_string_equal(q.name, "");
	assert_int_equal(PARSE(HEAD "\x03w\x00"
				    "b\x00" IN_A,
			       &q),
			 0);
	assert_string_equal(q.name, "");
	assert_int_equal(PARSE(HEAD "\x00" IN_A, &q), 0);
	assert_string_equal(q.name, "");
}

static void assert_reverse(const char *name, const char *want)
{
	char text[IP_TEXT];
	struct ip ip;

	assert_int_equal(dns_reverse(name, &ip), want != NULL);
	if (want)
		assert_string_equal(ip_text(ip, text), want);
}

static void addresses_as_names(void **state)
{
	assert_reverse("2.0.10.10.in-addr.arpa", "10.10.0.2");
	assert_reverse("2.0.10.10.IN-ADDR.arpa", "10.10.0.2");
	assert_reverse("256.0.10.10.in-addr.arpa", NULL);
	assert_reverse("0.10.10.in-addr.arpa", NULL);
	assert_reverse("1.2.0.10.10.in-addr.arpa", NULL);
	assert_reverse("in-addr.arpa", NULL);
	assert_reverse("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.D.f.ip6.arpa", "fd77::2");
	assert_reverse("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.d.f.ip6.arpa", NULL);
	assert_reverse("x.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.d.f.ip6.arpa", NULL);
	assert_reverse("web.example", NULL);
}

static struct ip ip(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static void an_answer(void **state)
{
	static const char want[] = "\x12\x34\x85\x80\x00\x01\x00\x02\x00\x00\x00\x00" WEB IN_A
				   "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x0a\x0a\x00\x02"
				   "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x0a\x0a\x00\x03";
	uint8_t out[DNS_UDP];
	struct dns_query q;
	struct dns_answer m;

	assert_int_equal(PARSE(HEAD WEB IN_A, &q), 0);
	dns_begin(&m, out, sizeof(out), (const uint8_t *)HEAD WEB IN_A, &q);
	dns_add_address(&m, ip("10.10.0.2"));
	dns_add_address(&m, ip("10.10.0.3"));
	assert_int_equal(dns_end(&m, DNS_NOERROR, true), sizeof(want) - 1);
	assert_memory_equal(out, want, sizeof(want) - 1);
}

static void what_does_not_fit_is_left_out_and_said(void **state)
{
	uint8_t out[DNS_UDP + 1];
	struct dns_query q;
	struct dns_answer m;
	size_t len;

	assert_int_equal(PARSE(HEAD_OPT WEB IN_A "\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x00", &q), 0);
	out[DNS_UDP] = 0x55;
	dns_begin(&m, out, q.room, (const uint8_t *)HEAD_OPT WEB IN_A, &q);
	for (int i = 0; i < 100; i++)
		dns_add_address(&m, ip("fd00::1"));
	len = dns_end(&m, DNS_NOERROR, true);
	assert_in_range(len, DNS_UDP - 27, DNS_UDP);
	assert_int_equal(out[DNS_UDP], 0x55);
	assert_int_equal(out[2] & 0x02, 0x02);
	assert_int_equal(out[7], m.count);
	assert_int_equal(out[11], 1); /* and there was room for what tells of ours */
	assert_memory_equal(out + len - 11, "\x00\x00\x29\x04\xd0", 5);
}

static void a_name_as_an_answer(void **state)
{
	static const char ptr[] = HEAD "\x01"
				       "2\x07"
				       "in-addr\x04"
				       "arpa\x00\x00\x0c\x00\x01";
	uint8_t out[DNS_UDP];
	struct dns_query q;
	struct dns_answer m;
	size_t len;

	assert_int_equal(PARSE(ptr, &q), 0);
	dns_begin(&m, out, sizeof(out), (const uint8_t *)ptr, &q);
	dns_add_name(&m, "web.local");
	len = dns_end(&m, DNS_NOERROR, true);
	assert_memory_equal(out + len - 13, "\x00\x0b\x03web\x05local\x00", 13);
	dns_begin(&m, out, sizeof(out), (const uint8_t *)ptr, &q);
	dns_add_name(&m, "web..local");
	dns_add_name(&m, "");
	assert_int_equal(m.count, 0);
}

static void a_failure_has_the_question(void **state)
{
	static const char want[] = "\x12\x34\x81\x85\x00\x01\x00\x00\x00\x00\x00\x00" WEB IN_A;
	uint8_t out[DNS_UDP];
	struct dns_query q;

	assert_int_equal(PARSE(HEAD_OPT WEB IN_A OPT, &q), 0);
	assert_int_equal(dns_fail(out, (const uint8_t *)HEAD_OPT WEB IN_A, &q, DNS_REFUSED),
			 sizeof(want) - 1);
	assert_memory_equal(out, want, sizeof(want) - 1);
	assert_int_equal(dns_fail(out, (const uint8_t *)HEAD WEB IN_A, NULL, DNS_FORMERR), DNS_HEADER);
	assert_int_equal(out[5], 0);
}

#define IS_REPLY(text)                                                                                       \
	dns_is_reply((const uint8_t *)(text), sizeof(text) - 1, (const uint8_t *)query, sizeof(query) - 1)

static void what_is_the_reply_to_a_query(void **state)
{
	static const char query[] = HEAD WEB IN_A;

	assert_true(IS_REPLY("\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00" WEB IN_A "and more"));
	assert_true(IS_REPLY("\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00\x03WEB\x07"
			     "example\x00" IN_A));
	assert_true(IS_REPLY("\x12\x34\x81\x82\x00\x00\x00\x00\x00\x00\x00\x00"));
	assert_false(IS_REPLY("\x12\x34\x81\x80\x00\x00\x00\x00\x00\x00\x00\x00"));
	assert_false(IS_REPLY("\x12\x35\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00" WEB IN_A));
	assert_false(IS_REPLY("\x12\x34\x01\x80\x00\x01\x00\x00\x00\x00\x00\x00" WEB IN_A));
	assert_false(IS_REPLY("\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00\x03wet\x07"
			      "example\x00" IN_A));
	assert_false(IS_REPLY("\x12\x34\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00\x03web"));
	assert_false(IS_REPLY("\x12\x34"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question),
		cmocka_unit_test(more_room_is_taken_up_to_what_is_sent),
		cmocka_unit_test(what_is_no_question_gets_no_answer),
		cmocka_unit_test(a_bad_one_is_told_so),
		cmocka_unit_test(pointers_are_refused),
		cmocka_unit_test(a_name_has_255_bytes_at_most),
		cmocka_unit_test(a_name_that_no_host_has_is_none),
		cmocka_unit_test(addresses_as_names),
		cmocka_unit_test(an_answer),
		cmocka_unit_test(what_does_not_fit_is_left_out_and_said),
		cmocka_unit_test(a_name_as_an_answer),
		cmocka_unit_test(a_failure_has_the_question),
		cmocka_unit_test(what_is_the_reply_to_a_query),
	};

	return cmocka_run_group_tests_name("spec/dns", tests, NULL, NULL);
}
