/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "spec/mount.h"
#include "spec/name.h"
#include "spec/volume.h"

static struct arena arena;
static struct err e;

#define ID "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"

/* Options with blanks between. */
static int take(struct volume *v, const char *options)
{
	char *rest = arena_strdup(&arena, options);
	int r = 0;

	*v = (struct volume){ 0 };
	for (char *one; r == 0 && (one = strsep(&rest, " "));)
		if (*one)
			r = volume_option(v, one, &e);
	return r < 0 ? r : volume_check(&arena, v, &e);
}

static void test_options(void **state)
{
	static const struct {
		const char *options, *source, *data;
		uint64_t attr;
		bool recursive;
	} good[] = {
		{ "", NULL, NULL, 0, false },
		{ "type=tmpfs device=tmpfs o=size=64m,uid=5", NULL, "size=64m,uid=5", 0, false },
		{ "type=tmpfs o=nosuid,mode=1777", NULL, "mode=1777", MOUNT_ATTR_NOSUID, false },
		{ "type=none o=bind device=/srv", "/srv", NULL, 0, false },
		{ "type=none o=rbind,ro device=/srv", "/srv", NULL, MOUNT_ATTR_RDONLY, true },
		{ "o=bind,noexec type=bind device=/srv", "/srv", NULL, MOUNT_ATTR_NOEXEC, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct spec_mount m = { 0 };
		struct volume v;

		assert_int_equal(take(&v, good[i].options), 0);
		assert_int_equal(volume_mount(&arena, &v, &m, &e), 0);
		assert_true(m.source == good[i].source || str_eq(m.source, good[i].source));
		assert_true(m.data == good[i].data || str_eq(m.data, good[i].data));
		assert_int_equal(m.attr, good[i].attr);
		assert_int_equal(m.recursive, good[i].recursive);
	}
}

/* What `-v VOLUME:/x:ro` asks for itself. */
static void test_both(void **state)
{
	static const struct {
		const char *options, *asked;
		uint64_t attr;
		unsigned long propagation;
	} both[] = {
		{ "type=none o=bind,rw,suid,dev,exec device=/srv", "v:/x:ro,nosuid,nodev,noexec",
		  MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0 },
		{ "type=none o=rbind,rw device=/srv", "v:/x:ro", MOUNT_ATTR_RDONLY, 0 },
		{ "type=none o=bind,ro device=/srv", "v:/x:rw,nosuid", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID,
		  0 },
		{ "type=none o=bind,noatime device=/srv", "v:/x:strictatime", MOUNT_ATTR_STRICTATIME, 0 },
		{ "type=none o=bind,noatime device=/srv", "v:/x", MOUNT_ATTR_NOATIME, 0 },
		{ "type=none o=bind,shared device=/srv", "v:/x:slave", 0, MS_SLAVE },
		{ "type=none o=bind,shared device=/srv", "v:/x", 0, MS_SHARED },
		{ "type=tmpfs o=rw,suid", "v:/x:ro", MOUNT_ATTR_RDONLY, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		struct spec_mount m;
		struct volume v;

		assert_int_equal(mount_parse_volume(&arena, both[i].asked, "/", &m, &e), 0);
		assert_int_equal(take(&v, both[i].options), 0);
		assert_int_equal(volume_mount(&arena, &v, &m, &e), 0);
		assert_int_equal(m.attr, both[i].attr);
		assert_int_equal(m.propagation, both[i].propagation);
		/* as of every bind mount that is read-only: those below it, too */
		assert_int_equal(m.attr_recursive, m.recursive && (m.attr & MOUNT_ATTR_RDONLY));
	}
}

static void test_bad_options(void **state)
{
	static const struct {
		const char *options, *code, *cause;
	} bad[] = {
		{ "size=64m", "bad-volume-option", "it is not known" },
		{ "device=", "bad-volume-option", "it is not known" },
		{ "type=nfs", "bad-volume-option", "there are volumes of tmpfs, none and bind only" },
		{ "o=size=64m", "bad-volume-option", "without type it says nothing" },
		{ "device=/srv", "bad-volume-option", "without type it says nothing" },
		{ "type=none o=bind", "bad-volume-option", "it is to be the absolute path of a directory" },
		{ "type=none o=bind device=srv", "bad-volume-option",
		  "it is to be the absolute path of a directory" },
		{ "type=none device=/srv", "bad-volume-option", "a directory of the host is bound" },
		{ "type=none o=notbind device=/srv", "bad-volume-option",
		  "a directory of the host is bound" },
		{ "type=tmpfs o=huge=always", "bad-mount-option",
		  "the option 'huge=always' is not known here" },
		{ "type=none o=bind,size=1m device=/srv", "bad-mount-option",
		  "the option 'size=1m' is not known here" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct volume v;

		assert_int_equal(take(&v, bad[i].options), -EINVAL);
		assert_string_equal(e.code, bad[i].code);
		assert_string_equal(e.cause, bad[i].cause);
	}
}

static void test_names(void **state)
{
	static const char *const bad[] = { "", ".new-1", "a/b", "..", "a b", "-a", "a\n", "\xff" };

	assert_int_equal(name_volume("data_1.x-y", &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(name_volume(bad[i], &e), -EINVAL);
		assert_string_equal(e.code, "bad-volume-name");
	}
}

static void test_anonymous(void **state)
{
	const char *one = volume_anonymous(&arena, ID, "/data"),
		   *two = volume_anonymous(&arena, ID, "/data/b");

	assert_int_equal(strlen(one), VOLUME_ANONYMOUS);
	assert_string_equal(one, volume_anonymous(&arena, ID, "/data"));
	assert_string_not_equal(one, two);
	assert_int_equal(name_volume(one, &e), 0);
	assert_true(volume_is_of(one, ID) && volume_is_of(two, ID));
	assert_false(volume_is_of("data", ID));
	assert_false(volume_is_of(one, "beef" ID));
	assert_false(volume_is_of(arena_strndup(&arena, one, VOLUME_PREFIX), ID));
}

static void test_file(void **state)
{
	struct volume v = { .name = "x", .created = 1234567890, .anonymous = true }, back;
	struct str text = { .arena = &arena };

	strv_push(&arena, &v.labels, "a=b");
	strv_push(&arena, &v.labels, "caf\xe9=\"");
	v.type = "none";
	v.device = "/srv/\xff";
	v.options = "bind";
	volume_write(&v, &text);
	assert_int_equal(volume_parse(&arena, text.p, text.len, &back, &e), 0);
	assert_int_equal(back.created, v.created);
	assert_true(back.anonymous);
	assert_string_equal(back.device, v.device);
	assert_string_equal(back.options, v.options);
	assert_int_equal(back.labels.n, 2);
	assert_string_equal(back.labels.v[1], v.labels.v[1]);
}

static void test_bad_file(void **state)
{
	static const char *const bad[] = {
		"", "[]", "{\"created\": -1}", "{\"labels\": 5}", "{\"type\": \"none\"}", "{\"o\": \"bind\"}",
		"{\"type\": 5}", "{\"type\": \"nfs\"}", "{\"type\": \"tmpfs\", \"o\": \"huge=always\"}"
	};
	struct volume v;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(volume_parse(&arena, bad[i], strlen(bad[i]), &v, &e), -EINVAL);
		assert_string_equal(e.code, "volume-bad");
	}
	assert_int_equal(volume_parse(&arena, "{}", 2, &v, &e), 0);
}

static int done(void **state)
{
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options), cmocka_unit_test(test_both),
		cmocka_unit_test(test_bad_options), cmocka_unit_test(test_names),
		cmocka_unit_test(test_anonymous), cmocka_unit_test(test_file),
		cmocka_unit_test(test_bad_file),
	};

	return cmocka_run_group_tests_name("volume", tests, NULL, done);
}
