/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net/names.h"

/*
 * A reader copies from the beginning to the end while others write, so of each byte it sees what it was at some
 * moment, and of a later byte what it was then or later. Every write is caught here (pwrite()): the file is judged
 * behind each byte, and kept as it was before and behind each write. Every beginning of each of these with the end
 * of each later one is what a reader may have seen, and is judged, too.
 */
enum { STATES_MAX = 64, FILE_MAX = 16 * NAMES_SLOT };

struct text {
	size_t len;
	char text[FILE_MAX];
};

static struct {
	const char *const *whole; /* the lines that there may be, each whole; NULL: nobody reads */
	const char *always;       /* what is in all that is seen */
	size_t n;
	struct text state[STATES_MAX];
} seen;

/* What a reader of hosts(5) understands: each line that counts without its comment and blanks, in "|". */
static const char *understood(const char *text, size_t len)
{
	static char out[FILE_MAX];
	char *o = out;

	for (const char *end; len; len -= (size_t)(end - text), text = end) {
		const char *line = text;
		size_t n;

		end = memchr(text, '\n', len);
		end = end ? end + 1 : text + len;
		n = (size_t)(end - line);
		for (size_t i = 0; i < n; i++)
			if (line[i] == '#' || line[i] == '\n')
				n = i;
		while (n && line[n - 1] == ' ')
			n--;
		if (!n)
			continue;
		memcpy(o, line, n);
		o[n] = '|';
		o += n + 1;
	}
	*o = '\0';
	return out;
}

/* Every line that is understood is one that there may be. */
static void assert_good(const char *text, size_t len)
{
	const char *all = understood(text, len);
	char copy[FILE_MAX], *save = NULL;

	if (!strstr(all, seen.always))
		fail_msg("a reader saw '%s'", all);
	strcpy(copy, all);
	for (char *line = strtok_r(copy, "|", &save); line; line = strtok_r(NULL, "|", &save)) {
		size_t i = 0;

		while (seen.whole[i] && strcmp(seen.whole[i], line) != 0)
			i++;
		if (!seen.whole[i])
			fail_msg("a reader saw '%s'", line);
	}
}

static void read_all(int fd, struct text *t)
{
	t->len = (size_t)pread(fd, t->text, FILE_MAX, 0);
	assert_true(t->len < FILE_MAX);
}

static void keep_state(int fd)
{
	if (!seen.whole)
		return;
	assert_true(seen.n < STATES_MAX);
	read_all(fd, &seen.state[seen.n++]);
}

/* In place of the C library's. */
ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	static struct text now;

	if (!seen.n)
		keep_state(fd);
	for (size_t i = 0; i < n; i++) {
		if (syscall(SYS_pwrite64, fd, (const char *)p + i, (size_t)1, at + (off_t)i) != 1)
			return -1;
		if (!seen.whole)
			continue;
		read_all(fd, &now);
		assert_good(now.text, now.len);
	}
	keep_state(fd);
	return (ssize_t)n;
}

static void watch(const char *const *whole, const char *always)
{
	seen.whole = whole;
	seen.always = always;
	seen.n = 0;
}

/* What any reader may have seen since watch(). */
static void judge(void)
{
	static struct text mix;

	for (size_t i = 0; i < seen.n; i++)
		for (size_t j = i; j < seen.n; j++)
			for (size_t cut = 0; cut <= seen.state[i].len; cut++) {
				mix = seen.state[j];
				memcpy(mix.text, seen.state[i].text, cut);
				assert_good(mix.text, mix.len);
			}
	watch(NULL, NULL);
}

static int file_of(const char *text, size_t len)
{
	int fd = memfd_create("hosts", MFD_CLOEXEC);

	watch(NULL, NULL); /* a test that failed may have left it */
	assert_true(fd >= 0);
	assert_int_equal(syscall(SYS_pwrite64, fd, text, len, (off_t)0), len);
	return fd;
}

#define HEAD "127.0.0.1\tlocalhost\n"

static int usual_file(void)
{
	static char room[8192];
	struct arena a = ARENA_INIT(room);
	struct str text = { .arena = &a };
	char gap[NAMES_SLOT];

	str_add(&text, HEAD);
	str_addn(&text, gap, names_end_head(text.len, gap));
	assert_int_equal(text.len, NAMES_SLOT);
	names_add(&text, "10.0.0.2", "neighbour n", 1);
	assert_int_equal(text.len, 2 * NAMES_SLOT);
	return file_of(text.p, text.len);
}

static const char *text_of(int fd)
{
	static char text[FILE_MAX];

	return understood(text, (size_t)pread(fd, text, sizeof(text), 0));
}

static int change(int fd, const char *address, const char *names, uint64_t now, struct err *e)
{
	static char room[8192];
	struct arena a = ARENA_INIT(room);

	return names_change(fd, &(struct names_line){ address, names }, 1, now, &a, e);
}

static int join(int fd, const char *address, const char *names, uint64_t now, struct err *e)
{
	return change(fd, address, names, now, e);
}

static int leave(int fd, const char *address, uint64_t now, struct err *e)
{
	return change(fd, address, NULL, now, e);
}

#define NEIGHBOUR "127.0.0.1\tlocalhost|10.0.0.2\tneighbour n|"

static void who_comes_and_goes_is_there_and_is_not(void **state)
{
	int fd = usual_file();
	struct err e;

	assert_int_equal(join(fd, "10.0.0.3", "web www", 10, &e), 0);
	assert_int_equal(join(fd, "fd00::3", "web www", 10, &e), 0);
	assert_string_equal(text_of(fd), NEIGHBOUR "10.0.0.3\tweb www|fd00::3\tweb www|");
	assert_int_equal(leave(fd, "10.0.0.3", 11, &e), 0);
	assert_int_equal(leave(fd, "10.0.0.33", 11, &e), 0);
	assert_string_equal(text_of(fd), NEIGHBOUR "fd00::3\tweb www|");
	close(fd);
}

static void no_reader_sees_half_a_line(void **state)
{
	static const char *const whole[] = { "127.0.0.1\tlocalhost", "10.0.0.2\tneighbour n",
					     "10.0.0.3\tweb www", "10.0.0.4\tanother", NULL };
	int fd = usual_file();
	struct err e;

	watch(whole, NEIGHBOUR);
	assert_int_equal(join(fd, "10.0.0.3", "web www", 10, &e), 0);
	assert_int_equal(leave(fd, "10.0.0.3", 11, &e), 0);
	assert_int_equal(join(fd, "10.0.0.4", "another", 12, &e), 0);
	assert_true(seen.n > 6);
	judge();
	close(fd);
}

static void who_is_renamed_is_never_without_a_name(void **state)
{
	static const char *const whole[] = { "127.0.0.1\tlocalhost", "10.0.0.2\tneighbour n", "10.0.0.3\told",
					     "10.0.0.3\tnew", NULL };
	int fd = usual_file();
	struct err e;

	/* a free slot in front of it */
	assert_int_equal(join(fd, "10.0.0.9", "gone", 10, &e), 0);
	assert_int_equal(join(fd, "10.0.0.3", "old", 10, &e), 0);
	assert_int_equal(leave(fd, "10.0.0.9", 10, &e), 0);
	watch(whole, "10.0.0.3\t");
	assert_int_equal(join(fd, "10.0.0.3", "new", 20, &e), 0);
	judge();
	assert_string_equal(text_of(fd), NEIGHBOUR "10.0.0.3\tnew|");
	close(fd);
}

static void a_slot_is_another_s_when_nobody_can_be_reading_it(void **state)
{
	int fd = usual_file();
	struct err e;

	assert_int_equal(join(fd, "10.0.0.3", "a", 10, &e), 0);
	assert_int_equal(leave(fd, "10.0.0.3", 11, &e), 0);
	assert_int_equal(join(fd, "10.0.0.4", "b", 11 + NAMES_SETTLE, &e), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 4 * NAMES_SLOT);
	assert_int_equal(join(fd, "10.0.0.5", "c", 12 + NAMES_SETTLE, &e), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 4 * NAMES_SLOT);
	assert_string_equal(text_of(fd), NEIGHBOUR "10.0.0.5\tc|10.0.0.4\tb|");
	close(fd);
}

/* One comes, one goes, one is renamed and one stays, in one go. */
static void several_at_once(void **state)
{
	static const char *const whole[] = { "127.0.0.1\tlocalhost", "10.0.0.2\tneighbour n",
					     "10.0.0.3\told",        "10.0.0.3\tnew",
					     "10.0.0.4\tgoes",       "10.0.0.5\tstays",
					     "10.0.0.30\tcomes",     NULL };
	const struct names_line lines[] = {
		{ "10.0.0.5", "stays" }, { "10.0.0.30", "comes" }, { "10.0.0.4", NULL }, { "10.0.0.3", "new" }
	};
	static char room[8192];
	struct arena a = ARENA_INIT(room);
	int fd = usual_file();
	struct err e;

	assert_int_equal(join(fd, "10.0.0.9", "gone", 1, &e), 0);
	assert_int_equal(join(fd, "10.0.0.3", "old", 1, &e), 0);
	assert_int_equal(join(fd, "10.0.0.4", "goes", 1, &e), 0);
	assert_int_equal(join(fd, "10.0.0.5", "stays", 1, &e), 0);
	assert_int_equal(leave(fd, "10.0.0.9", 1, &e), 0);
	watch(whole, "10.0.0.3\t");
	assert_int_equal(names_change(fd, lines, 4, 10, &a, &e), 0);
	judge();
	assert_string_equal(text_of(fd), NEIGHBOUR "10.0.0.5\tstays|10.0.0.3\tnew|10.0.0.30\tcomes|");
	close(fd);
}

static void the_same_again_changes_nothing(void **state)
{
	int fd = usual_file();
	struct err e;

	assert_int_equal(join(fd, "10.0.0.3", "a", 10, &e), 0);
	watch((const char *const[]){ NULL }, "");
	assert_int_equal(join(fd, "10.0.0.3", "a", 50, &e), 0);
	assert_int_equal(leave(fd, "10.0.0.7", 50, &e), 0);
	assert_int_equal(seen.n, 0);
	watch(NULL, NULL);
	close(fd);
}

/* Whatever its container has made of it. */
static void what_is_no_slot_stays_as_it_is(void **state)
{
	static const char theirs[] = "192.0.2.1 theirs\n10.0.0.3\tmine";
	int fd = file_of(theirs, sizeof(theirs) - 1);
	struct err e;

	assert_int_equal(leave(fd, "10.0.0.3", 10, &e), 0);
	assert_int_equal(join(fd, "10.0.0.3", "a", 10, &e), 0);
	assert_string_equal(text_of(fd), "192.0.2.1 theirs|10.0.0.3\tmine|10.0.0.3\ta|");
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(join(fd, "10.0.0.3", "a", 10, &e), 0);
	assert_string_equal(text_of(fd), "10.0.0.3\ta|");
	assert_int_equal(ftruncate(fd, NAMES_SLOT - 1), 0);
	assert_int_equal(syscall(SYS_pwrite64, fd, "begun", (size_t)5, (off_t)NAMES_SLOT - 5), 5);
	assert_int_equal(join(fd, "10.0.0.4", "b", 10, &e), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 3 * NAMES_SLOT);
	assert_int_equal(ftruncate(fd, 32 << 20), 0);
	assert_int_equal(join(fd, "10.0.0.4", "a", 10, &e), -EFBIG);
	close(fd);
}

static void what_cannot_be_a_line_is_refused(void **state)
{
	static const char *const bad[] = { "a\nb", "a#b", "a\tb", "a\x7f" };
	char longest[NAMES_SLOT];
	size_t room;
	struct err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(names_fit("10.0.0.3", bad[i], &e), -EINVAL);
	assert_int_equal(names_fit("", "a", &e), -EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(names_fit("10.0.0.3", longest, &e), -ENAMETOOLONG);
	assert_string_equal(e.code, "names");
	assert_string_equal(e.cause, "with its address they are 264 bytes, and a line of /etc/hosts has room for 243");
	room = sizeof(longest) - 1 - (264 - 243);
	longest[room] = '\0';
	assert_int_equal(names_fit("10.0.0.3", longest, &e), 0);
	assert_int_equal(names_fit("10.0.0.33", longest, &e), -ENAMETOOLONG);
}

/* Those beside it come and go all the same. */
static void a_line_that_does_not_fit_is_passed_over(void **state)
{
	static char room[8192];
	struct arena a = ARENA_INIT(room);
	struct str text = { .arena = &a };
	char longest[NAMES_SLOT];
	const struct names_line lines[] = { { "10.0.0.3", longest }, { "10.0.0.4", "a\nb" }, { "10.0.0.5", "web" } };
	int fd = usual_file();
	struct err e;

	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(join(fd, "10.0.0.3", "until now", 10, &e), 0);
	assert_int_equal(names_change(fd, lines, 3, 20, &a, &e), 0);
	assert_string_equal(text_of(fd), NEIGHBOUR "10.0.0.5\tweb|");
	names_add(&text, "10.0.0.3", longest, 20);
	assert_int_equal(text.len, 0);
	close(fd);
}

/* As many as a network has, with files that are read in blocks. */
static void a_thousand(void **state)
{
	static char text[1100 * NAMES_SLOT];
	int fd = usual_file();
	size_t len, lines = 0;
	struct err e;

	for (int i = 0; i < 1000; i++) {
		char address[32];

		snprintf(address, sizeof(address), "10.1.%d.%d", i / 250, i % 250);
		assert_int_equal(join(fd, address, "a b", 10, &e), 0);
	}
	len = (size_t)pread(fd, text, sizeof(text), 0);
	assert_int_equal(len, 1002 * NAMES_SLOT);
	for (size_t at = NAMES_SLOT; at < len; at += NAMES_SLOT)
		lines += text[at] == '1' && text[at + NAMES_SLOT - 1] == '\n';
	assert_int_equal(lines, 1001);
	assert_int_equal(leave(fd, "10.1.3.249", 10, &e), 0);
	pread(fd, text, sizeof(text), 0);
	assert_int_equal(text[len - NAMES_SLOT], '#');
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_comes_and_goes_is_there_and_is_not),
		cmocka_unit_test(no_reader_sees_half_a_line),
		cmocka_unit_test(who_is_renamed_is_never_without_a_name),
		cmocka_unit_test(a_slot_is_another_s_when_nobody_can_be_reading_it),
		cmocka_unit_test(several_at_once),
		cmocka_unit_test(the_same_again_changes_nothing),
		cmocka_unit_test(what_is_no_slot_stays_as_it_is),
		cmocka_unit_test(what_cannot_be_a_line_is_refused),
		cmocka_unit_test(a_line_that_does_not_fit_is_passed_over),
		cmocka_unit_test(a_thousand),
	};

	return cmocka_run_group_tests_name("net/names", tests, NULL, NULL);
}
