/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/protobuf.h"

static struct arena arena;

static void is_bytes(const struct str *s, const char *want, size_t len)
{
	assert_int_equal(s->len, len);
	assert_memory_equal(s->p, want, len);
}

/* The examples of the encoding's documentation. */
static void test_written(void **state)
{
	struct str a = { .arena = &arena }, b = { .arena = &arena };

	protobuf_put_int(&a, 1, 150);
	is_bytes(&a, "\x08\x96\x01", 3);
	protobuf_put_str(&b, 2, "testing");
	is_bytes(&b, "\x12\x07testing", 9);
	b.len = 0;
	protobuf_put_message(&b, 3, &a);
	is_bytes(&b, "\x1a\x03\x08\x96\x01", 5);
	b.len = 0;
	protobuf_put_int(&b, 1, -2);
	is_bytes(&b, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11);
	b.len = 0;
	protobuf_put_int(&b, 34, 3);
	is_bytes(&b, "\x90\x02\x03", 3);
	b.len = 0;
	protobuf_put_str(&b, 2, NULL);
	assert_int_equal(b.len, 0);
}

static void test_read(void **state)
{
	static const char text[] = "\x08\x96\x01\x12\x07testing\x0d"
				   "1234\x11"
				   "12345678\x90\x02\x03\x1a\x00";
	struct protobuf_reader r = PROTOBUF_READER(text, sizeof(text) - 1);

	assert_true(protobuf_next(&r));
	assert_int_equal(r.field, 1);
	assert_int_equal(r.number, 150);
	assert_true(protobuf_next(&r));
	assert_int_equal(r.field, 2);
	assert_int_equal(r.len, 7);
	assert_memory_equal(r.data, "testing", 7);
	assert_true(protobuf_next(&r) && r.field == 1 && r.len == 4);
	assert_true(protobuf_next(&r) && r.field == 2 && r.len == 8);
	assert_true(protobuf_next(&r) && r.field == 34 && r.number == 3);
	assert_true(protobuf_next(&r) && r.field == 3 && r.len == 0);
	assert_false(protobuf_next(&r));
	assert_false(r.bad);
}

/* Cut off anywhere within a field, or of no known kind. */
static void test_bad(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} bad[] = {
		{ "\x08", 1 },
		{ "\x08\x96", 2 },
		{ "\x12\x07test", 6 },
		{ "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 },
		{ "\x0d"
		  "123",
		  4 },
		{ "\x0b", 1 },
		{ "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12 },
		{ "\x80", 1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct protobuf_reader r = PROTOBUF_READER(bad[i].text, bad[i].len);

		assert_false(protobuf_next(&r));
		assert_true(r.bad);
		assert_false(protobuf_next(&r));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
