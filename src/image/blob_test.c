/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/str.h"
#include "image/blob.h"

/* Of "hello", by sha256sum(1) and sha512sum(1). */
#define HELLO "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define HELLO_512                                                                                            \
	"sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca7"                            \
	"2323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043"

static struct arena arena;
static struct err e;
static int images;

static int setup(void **state)
{
	static char dir[] = "/tmp/guise-blob.XXXXXX";

	strcpy(dir, "/tmp/guise-blob.XXXXXX");
	e = (struct err){ 0 };
	*state = mkdtemp(dir);
	images = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return mkdirat(images, "new", 0700) || mkdirat(images, "blobs", 0700);
}

static int teardown(void **state)
{
	close(images);
	return io_remove_tree(AT_FDCWD, *state);
}

/* Nothing lies beside. */
static void assert_nothing_new(void)
{
	assert_int_equal(unlinkat(images, "new", AT_REMOVEDIR), 0);
	assert_int_equal(mkdirat(images, "new", 0700), 0);
}

/* In pieces, as they come. */
static int write_all(const char *digest, uint64_t size, const char *first, const char *second)
{
	struct blob_writer *w = NULL;
	int r = blob_begin(images, digest, size, &w, &e);

	if (r == 0)
		r = blob_add(w, first, strlen(first), &e);
	if (r == 0)
		r = blob_add(w, second, strlen(second), &e);
	if (r == 0)
		return blob_commit(w, &e);
	blob_drop(w);
	return r;
}

static void test_what_is_whole_has_its_name(void **state)
{
	char *text;
	size_t len;

	assert_int_equal(write_all(HELLO, 5, "he", "llo"), 0);
	assert_int_equal(write_all(HELLO_512, UINT64_MAX, "hel", "lo"), 0);
	assert_true(blob_is(images, HELLO) && blob_is(images, HELLO_512));
	assert_int_equal(blob_read(images, &arena, HELLO, &text, &len, &e), 0);
	assert_string_equal(text, "hello");
	assert_nothing_new();
}

static void test_what_is_not_as_it_had_to_be_is_not_kept(void **state)
{
	static const struct {
		uint64_t size;
		const char *first, *second, *says;
	} cases[] = {
		{ 5, "hell", "o!", "longer" },        { 4, "hel", "lo", "longer" },
		{ 5, "hel", "l", "shorter" },         { 6, "hel", "lo", "shorter" },
		{ 5, "hel", "l0", "another digest" }, { UINT64_MAX, "hel", "lo!", "another digest" },
		{ 0, "", "", "another digest" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char line[1536];

		e = (struct err){ 0 };
		assert_int_equal(write_all(HELLO, cases[i].size, cases[i].first, cases[i].second), -EBADMSG);
		assert_string_equal(e.code, "blob-digest");
		assert_non_null(strstr(err_line(&e, line, sizeof(line)), cases[i].says));
		assert_false(blob_is(images, HELLO));
		assert_nothing_new();
	}
}

/* Others read of it while it grows, and an end that is given up leaves nothing. */
static void test_it_is_read_while_it_is_written(void **state)
{
	struct blob_writer *w;
	char block[8] = { 0 };
	int reader;

	assert_int_equal(blob_begin(images, HELLO, 5, &w, &e), 0);
	reader = blob_reader(w);
	assert_int_equal(blob_add(w, "hel", 3, &e), 0);
	assert_int_equal(read(reader, block, sizeof(block)), 3);
	assert_int_equal(blob_written(w), 3);
	assert_int_equal(read(reader, block, sizeof(block)), 0);
	close(reader);
	blob_drop(w);
	assert_false(blob_is(images, HELLO));
	assert_nothing_new();
}

static void test_a_file_becomes_a_blob(void **state)
{
	const char *digest;
	uint64_t size;

	assert_int_equal(io_write_file(images, "new/made", "hello", 5, 0600), 0);
	assert_int_equal(blob_adopt(images, &arena, "new/made", &digest, &size, &e), 0);
	assert_string_equal(digest, HELLO);
	assert_int_equal(size, 5);
	assert_true(blob_is(images, HELLO));
	assert_int_equal(symlinkat("../blobs", images, "new/link"), 0);
	assert_true(blob_adopt(images, &arena, "new/link", &digest, &size, &e) < 0);
}

static void test_digests(void **state)
{
	assert_string_equal(blob_digest(&arena, "hello", 5), HELLO);
	assert_true(blob_matches(HELLO, "hello", 5));
	assert_true(blob_matches(HELLO_512, "hello", 5));
	assert_false(blob_matches(HELLO, "hello", 4));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_whole_has_its_name),
		TEST(test_what_is_not_as_it_had_to_be_is_not_kept),
		TEST(test_it_is_read_while_it_is_written),
		TEST(test_a_file_becomes_a_blob),
		TEST(test_digests),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
