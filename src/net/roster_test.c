/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "net/hosts_file.h"
#include "net/names.h"
#include "net/roster.h"

struct place {
	char path[32];
	int dir;
	struct arena a;
};

static int begin(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->path, "/tmp/roster.XXXXXX");
	if (!mkdtemp(p->path))
		return -1;
	p->dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = p;
	return 0;
}

static int end(void **state)
{
	struct place *p = *state;

	close(p->dir);
	io_remove_tree(AT_FDCWD, p->path);
	arena_free(&p->a);
	free(p);
	return 0;
}

static void join(struct place *p, const char *id, const char *address, const char *names)
{
	struct roster_line own = { address, id, names };

	assert_int_equal(roster_replace(p->dir, &p->a, id, &own, 1, NULL, &(struct err){ 0 }), 0);
}

static void leave(struct place *p, const char *id)
{
	assert_int_equal(roster_replace(p->dir, &p->a, id, NULL, 0, NULL, &(struct err){ 0 }), 0);
}

static void assert_file(struct place *p, const char *name, const char *want)
{
	char *text;

	if (want)
		assert_int_equal(io_read_file(&p->a, p->dir, name, 4096, &text, NULL), 0);
	else
		assert_int_equal(faccessat(p->dir, name, F_OK, 0), -1);
	if (want)
		assert_string_equal(text, want);
}

static const char *words(struct place *p, const struct strv *list)
{
	struct str s = { .arena = &p->a };

	for (size_t i = 0; i < list->n; i++) {
		str_add(&s, i ? " " : "");
		str_add(&s, list->v[i]);
	}
	return str_get(&s);
}

static void test_joins_and_leaves(void **state)
{
	struct place *p = *state;

	join(p, "aa", "10.0.0.2", "web www aa");
	assert_file(p, "names-changed", NULL); /* there is nobody to be told */
	join(p, "bb", "10.0.0.3", "db bb");
	join(p, "cc", NULL, "");
	assert_file(p, "names", "10.0.0.2 aa web www aa\n10.0.0.3 bb db bb\n- cc \n");
	assert_file(p, "names-changed", "10.0.0.3\n");
	leave(p, "aa");
	assert_file(p, "names", "10.0.0.3 bb db bb\n- cc \n");
	leave(p, "bb");
	leave(p, "bb");
	leave(p, "cc");
	assert_file(p, "names", NULL);
}

/* An address that has come to another is no longer that of one who was killed. */
static void test_address_changes_hands(void **state)
{
	struct place *p = *state;

	join(p, "aa", "10.0.0.2", "web aa");
	join(p, "bb", "10.0.0.2", "db bb");
	assert_file(p, "names", "10.0.0.2 bb db bb\n");
}

static void test_rename(void **state)
{
	struct place *p = *state;

	join(p, "aa", "10.0.0.2", "web www aa");
	join(p, "bb", "10.0.0.3", "webber web bb");
	assert_int_equal(roster_rename(p->dir, &p->a, "bb", "web", "shop", &(struct err){ 0 }), 0);
	assert_file(p, "names", "10.0.0.2 aa web www aa\n10.0.0.3 bb webber web bb\n");
	assert_int_equal(roster_rename(p->dir, &p->a, "aa", "web", "shop", &(struct err){ 0 }), 0);
	assert_file(p, "names", "10.0.0.3 bb webber web bb\n10.0.0.2 aa shop www aa\n");
}

/* Who brings it is told, and nobody else has it. */
static void test_a_line_that_does_not_fit(void **state)
{
	struct place *p = *state;
	struct roster_line own = { "10.0.0.4", "cc", arena_printf(&p->a, "%250s", "cc") };
	struct err e;

	join(p, "aa", "10.0.0.2", "web aa");
	join(p, "bb", "10.0.0.3", arena_printf(&p->a, "db %0230d", 1));
	assert_int_equal(roster_replace(p->dir, &p->a, "cc", &own, 1, NULL, &e), -ENAMETOOLONG);
	assert_string_equal(e.code, "names");
	assert_int_equal(roster_can_rename(p->dir, &p->a, "bb", "db", "longer", &e), -ENAMETOOLONG);
	assert_int_equal(roster_rename(p->dir, &p->a, "bb", "db", "longer", &e), -ENAMETOOLONG);
	assert_int_equal(roster_can_rename(p->dir, &p->a, "bb", "db", "d", &e), 0);
	assert_file(p, "names", arena_printf(&p->a, "10.0.0.2 aa web aa\n10.0.0.3 bb db %0230d\n", 1));
}

static bool is_bb(const char *id, void *arg)
{
	return strcmp(id, "bb") == 0;
}

static void test_sweep(void **state)
{
	struct place *p = *state;

	join(p, "aa", "10.0.0.2", "web aa");
	join(p, "bb", "10.0.0.3", "db bb");
	close(openat(p->dir, "names-new", O_WRONLY | O_CREAT, 0600));
	assert_int_equal(roster_sweep(p->dir, &p->a, is_bb, NULL, &(struct err){ 0 }), 0);
	assert_file(p, "names", "10.0.0.3 bb db bb\n");
	assert_file(p, "names-changed", "10.0.0.3\n10.0.0.2\n");
	assert_int_equal(faccessat(p->dir, "names-new", F_OK, 0), -1);
}

static const char *news(struct place *p)
{
	struct strv list = { 0 };
	struct roster now, news;

	assert_int_equal(roster_news(p->dir, &p->a, &news, &now, &(struct err){ 0 }), 0);
	for (size_t i = 0; i < news.n; i++)
		strv_push(&p->a, &list,
			  arena_printf(&p->a, "%s%s", news.v[i].address, news.v[i].id ? "" : "-"));
	return words(p, &list);
}

/* Killed at whatever moment, none is lost. */
static void test_news_are_not_lost(void **state)
{
	struct place *p = *state;

	join(p, "aa", "10.0.0.2", "web aa");
	assert_false(roster_has_news(p->dir));
	join(p, "bb", "10.0.0.3", "db bb");
	assert_string_equal(news(p), "10.0.0.3");
	assert_true(roster_has_news(p->dir));
	join(p, "cc", "fd00::4", "six cc"); /* while they are told */
	assert_string_equal(news(p), "10.0.0.3 fd00::4");
	join(p, "dd", "10.0.0.5", "four dd");
	leave(p, "bb");
	roster_told(p->dir);
	assert_string_equal(news(p), "10.0.0.5 10.0.0.3-");
	roster_told(p->dir);
	assert_false(roster_has_news(p->dir));
	assert_string_equal(news(p), "");
}

static void test_differences(void **state)
{
	struct roster_line a = { "10.0.0.2", "aa", "web" }, b = { "10.0.0.3", "bb", "db" },
			   c = { "10.0.0.4", "cc", "x" }, none = { NULL, "dd", "" };
	struct roster_line was[] = { a, b, none }, now[] = { b, none, c };
	struct place *p = *state;
	struct strv list = { 0 };

	roster_differ(&p->a, &(struct roster){ was, 3 }, &(struct roster){ now, 3 }, &list);
	assert_string_equal(words(p, &list), "10.0.0.2 10.0.0.4");
	roster_differ(&p->a, &(struct roster){ now, 3 }, &(struct roster){ now, 3 }, &list);
	assert_int_equal(list.n, 2);
}

/* ---- hosts files ---- */

static int open_it(struct place *p, struct hosts_file *file)
{
	return hosts_file_open(p->dir, &p->a, file);
}

static void test_file_is_found(void **state)
{
	struct place *p = *state;
	struct hosts_file file = { .fd = memfd_create("hosts", MFD_CLOEXEC), .whose = "aa", .own = "web aa" },
			  found;
	int other = memfd_create("other", MFD_CLOEXEC);
	char text[8] = "";

	assert_int_equal(open_it(p, &found), -ENOENT);
	assert_int_equal(hosts_file_note(p->dir, &file, &(struct err){ 0 }), 0);
	assert_int_equal(open_it(p, &found), 0);
	assert_string_equal(found.whose, "aa");
	assert_string_equal(found.own, "web aa");
	assert_int_equal(write(found.fd, "here", 4), 4);
	assert_int_equal(pread(file.fd, text, 4, 0), 4);
	assert_string_equal(text, "here");
	close(found.fd);
	/* another file in its place is not written */
	assert_int_equal(dup2(other, file.fd), file.fd);
	assert_int_equal(open_it(p, &found), -ESTALE);
	close(file.fd);
	assert_true(open_it(p, &found) < 0);
	close(other);
}

/* A process that has the number of another. */
static void test_file_of_another_process(void **state)
{
	struct place *p = *state;
	struct hosts_file found;
	const char *note = "1 1 0 1 1\naa aa\n";

	assert_int_equal(io_write_file(p->dir, "hosts", note, strlen(note), 0600), 0);
	assert_int_equal(open_it(p, &found), -ESRCH);
	assert_int_equal(io_write_file(p->dir, "hosts", "x\n", 2, 0600), 0);
	assert_int_equal(open_it(p, &found), -EINVAL);
}

static const char *lines(struct place *p, const struct hosts_file *file)
{
	struct str s = { .arena = &p->a };
	char slot[NAMES_SLOT];

	for (off_t at = 0; pread(file->fd, slot, sizeof(slot), at) == NAMES_SLOT; at += NAMES_SLOT) {
		size_t len = 0;

		while (slot[len] != '#' && slot[len] != '\n')
			len++;
		if (!len)
			continue;
		while (slot[len - 1] == ' ')
			len--;
		str_addn(&s, slot, len);
		str_add(&s, "|");
	}
	return str_get(&s);
}

/* What its head says of itself is not said twice. */
static void test_lines(void **state)
{
	struct roster_line all[] = { { "10.0.0.2", "aa", "web www aa" }, { "10.0.0.3", "bb", "db bb" } };
	struct hosts_file file = { .fd = memfd_create("hosts", MFD_CLOEXEC), .whose = "aa", .own = "aa web" };
	struct place *p = *state;
	struct roster_line comes = all[1], goes = { .address = "10.0.0.3" };
	struct roster r = { all, 2 };
	struct str text = { .arena = &p->a };
	struct err e;

	hosts_file_lines(&file, &r, 100, &text);
	assert_int_equal(write(file.fd, text.p, text.len), text.len);
	assert_string_equal(lines(p, &file), "10.0.0.2\twww|10.0.0.3\tdb bb|");
	assert_int_equal(hosts_file_change(&file, &(struct roster){ &goes, 1 }, 100, &p->a, &e), 0);
	assert_string_equal(lines(p, &file), "10.0.0.2\twww|");
	assert_int_equal(hosts_file_change(&file, &(struct roster){ &comes, 1 }, 100, &p->a, &e), 0);
	assert_string_equal(lines(p, &file), "10.0.0.2\twww|10.0.0.3\tdb bb|");
	close(file.fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(joins_and_leaves),
		TEST(address_changes_hands),
		TEST(rename),
		TEST(a_line_that_does_not_fit),
		TEST(sweep),
		TEST(news_are_not_lost),
		TEST(differences),
		TEST(file_is_found),
		TEST(file_of_another_process),
		TEST(lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
