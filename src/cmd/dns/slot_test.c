/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/str.h"
#include "cmd/dns/slot.h"

static struct slot room[8];
static struct slots all;

static int setup(void **state)
{
	(void)state;
	all = (struct slots){ .n = ARRAY_LEN(room), .each = 3 };
	for (size_t i = 0; i < all.n; i++) {
		room[i] = (struct slot){ .until = NEVER };
		all.of[i] = &room[i];
	}
	return 0;
}

static struct ip address(unsigned n)
{
	char text[IP_TEXT];
	struct ip ip;

	snprintf(text, sizeof(text), "10.20.0.%u", n);
	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

/* What an address gets at that time, which it then has; *was: who had it. */
static struct slot *take(unsigned who, int64_t now, struct slot *was)
{
	struct slot *slot = slot_for(&all, address(who));

	assert_non_null(slot);
	*was = *slot;
	*slot = (struct slot){ .since = now, .until = now + 100, .who = address(who) };
	return slot;
}

static void one_address_has_a_part_and_its_own_oldest_gives_way(void **state)
{
	struct slot was, *first = take(1, 10, &was);

	(void)state;
	for (int64_t now = 11; now < 13; now++) {
		take(1, now, &was);
		assert_int_equal(was.until, NEVER);
	}
	assert_ptr_equal(take(1, 13, &was), first);
	assert_int_equal(was.since, 10);
	/* there is room for others, which is free */
	take(2, 14, &was);
	assert_int_equal(was.until, NEVER);
}

static void who_lies_about_its_address_cannot_keep_others_out(void **state)
{
	struct slot was;

	(void)state;
	for (unsigned i = 0; i < all.n; i++)
		take(100 + i, 10 + i, &was);
	take(1, 50, &was);
	assert_true(ip_same(was.who, address(100)));
	take(1, 51, &was);
	assert_true(ip_same(was.who, address(101)));
	/* and another lie takes what is older than who is honest */
	take(200, 52, &was);
	assert_true(ip_same(was.who, address(102)));
}

static void what_is_free_is_taken_first(void **state)
{
	struct slot was, *third;

	(void)state;
	take(1, 10, &was);
	take(2, 11, &was);
	third = take(3, 12, &was);
	for (unsigned i = 3; i < all.n; i++)
		take(100 + i, 10 + i, &was);
	third->until = NEVER;
	assert_ptr_equal(take(4, 50, &was), third);
}

static void the_first_deadline(void **state)
{
	struct slot was;

	(void)state;
	assert_int_equal(slot_next(&all), NEVER);
	take(1, 30, &was);
	take(2, 20, &was);
	take(3, 40, &was);
	assert_int_equal(slot_next(&all), 120);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_address_has_a_part_and_its_own_oldest_gives_way, setup),
		cmocka_unit_test_setup(who_lies_about_its_address_cannot_keep_others_out, setup),
		cmocka_unit_test_setup(what_is_free_is_taken_first, setup),
		cmocka_unit_test_setup(the_first_deadline, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
