/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel/net/echo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <string.h>

static const uint8_t asked[ECHO_HEADER] = { 8, 0, 0xe5, 0xca, 0x12, 0x34, 0, 1 };

static void a_request_has_its_checksum(void **state)
{
	uint8_t out[ECHO_HEADER];

	(void)state;
	echo_request(AF_INET, htons(0x1234), htons(1), out);
	assert_memory_equal(out, asked, sizeof(asked));
	echo_request(AF_INET6, htons(0x1234), htons(1), out);
	assert_memory_equal(out, ((uint8_t[]){ 128, 0, 0, 0, 0x12, 0x34, 0, 1 }), sizeof(out));
}

static void an_answer_is_ones_own(void **state)
{
	uint8_t answer[20 + ECHO_HEADER] = { 0x45, [12] = 10, 0, 0, 2, [24] = 0x12, 0x34, 0, 1 };
	struct ip from, two;

	(void)state;
	ip_parse("10.0.0.2", &two);
	assert_true(echo_is_reply(AF_INET, htons(0x1234), answer, sizeof(answer), &from));
	assert_true(ip_same(from, two));
	assert_false(echo_is_reply(AF_INET, htons(0x1235), answer, sizeof(answer), &from));
	assert_false(echo_is_reply(AF_INET, htons(0x1234), answer, sizeof(answer) - 1, &from));
	assert_false(echo_is_reply(AF_INET, htons(0x1234), answer, 0, &from));
	answer[20] = 8; /* the request itself */
	assert_false(echo_is_reply(AF_INET, htons(0x1234), answer, sizeof(answer), &from));
	answer[0] = 0x41; /* a header of four bytes */
	assert_false(echo_is_reply(AF_INET, htons(0x1234), answer, sizeof(answer), &from));
	assert_true(echo_is_reply(AF_INET6, htons(0x1234), (uint8_t[]){ 129, 0, 0, 0, 0x12, 0x34, 0, 1 },
				  ECHO_HEADER, &from));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_its_checksum),
		cmocka_unit_test(an_answer_is_ones_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
