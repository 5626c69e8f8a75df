/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#include "base/str.h"
#include "cmd/archive/archive.h"

enum { MIB = 1 << 20 };

static struct err e;

/* A file of so many zeros, pressed with gzip; the caller frees it. */
static void *squeeze(size_t bytes, size_t *len)
{
	struct archive *out = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	char *packed = malloc(MIB), *zeros = calloc(1, MIB);

	archive_write_add_filter_gzip(out);
	archive_write_set_filter_option(out, "gzip", "compression-level", "1");
	archive_write_set_format_raw(out);
	assert_int_equal(archive_write_open_memory(out, packed, MIB, len), ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	assert_int_equal(archive_write_header(out, entry), ARCHIVE_OK);
	for (size_t left = bytes; left; left -= left < MIB ? left : MIB)
		assert_true(archive_write_data(out, zeros, left < MIB ? left : MIB) > 0);
	assert_int_equal(archive_write_close(out), ARCHIVE_OK);
	archive_write_free(out);
	archive_entry_free(entry);
	free(zeros);
	return packed;
}

/* How much of it came out, whether the limit let all of it or not. */
static size_t unpress(size_t bytes, const struct layer_limits *limits, int *r)
{
	struct archive *in = archive_read_new();
	struct archive_entry *entry;
	char *block = malloc(MIB);
	size_t len, came = 0;
	void *packed = squeeze(bytes, &len);
	ssize_t n;

	archive_read_support_filter_gzip(in);
	archive_read_support_format_raw(in);
	assert_int_equal(archive_read_open_memory(in, packed, len), ARCHIVE_OK);
	assert_int_equal(archive_read_next_header(in, &entry), ARCHIVE_OK);
	e = (struct err){ 0 };
	for (*r = 0; *r == 0 && (n = archive_read_data(in, block, MIB)) > 0; came += (size_t)n)
		*r = limit_bytes(in, limits, &e);
	archive_read_free(in);
	free(packed);
	free(block);
	return came;
}

static void test_so_many_bytes_and_no_more(void **state)
{
	const struct layer_limits limits = { .bytes = 3 * MIB, .entries = 1, .ratio = UINT64_MAX };
	int r;

	assert_int_equal(unpress(3 * MIB, &limits, &r), 3 * MIB);
	assert_int_equal(r, 0);
	unpress(3 * MIB + 1, &limits, &r);
	assert_int_equal(r, -EFBIG);
	assert_string_equal(e.code, "layer-large");
	unpress(3 * MIB + 1, NULL, &r);
	assert_int_equal(r, 0);
}

/* Zeros are pressed to about a thousandth: below 100 MiB nobody minds. */
static void test_what_is_pressed_too_well_is_refused_when_it_is_large(void **state)
{
	const struct layer_limits limits = { .bytes = UINT64_MAX, .entries = 1, .ratio = 100 };
	const struct layer_limits wide = { .bytes = UINT64_MAX, .entries = 1, .ratio = 5000 };
	int r;

	assert_int_equal(unpress(100 * MIB, &limits, &r), 100 * MIB);
	assert_int_equal(r, 0);
	assert_true(unpress(140 * MIB, &limits, &r) < 103 * MIB);
	assert_int_equal(r, -EFBIG);
	unpress(140 * MIB, &wide, &r);
	assert_int_equal(r, 0);
}

static void test_so_many_entries_and_no_more(void **state)
{
	const struct layer_limits limits = { .bytes = 1, .entries = 7, .ratio = 1 };

	assert_int_equal(limit_entries(7, &limits, &e), 0);
	assert_int_equal(limit_entries(8, &limits, &e), -EFBIG);
	assert_int_equal(limit_entries(UINT64_MAX, NULL, &e), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_so_many_bytes_and_no_more),
		cmocka_unit_test(test_what_is_pressed_too_well_is_refused_when_it_is_large),
		cmocka_unit_test(test_so_many_entries_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
