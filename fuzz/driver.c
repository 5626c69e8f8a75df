/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * driver - a main() for the targets beside this file, where there is no libFuzzer:
 *
 *     fuzz-config FILE...                      each as it is
 *     fuzz-config --seconds N [--seed N] DIR   each file of DIR as it is, then mutations of them, for N
 * seconds
 *
 * The mutations know JSON a little: most change one value, name or bracket, so that most texts still parse
 * and reach the reader behind the parser. The seed is printed; the same seed and DIR give the same texts. The
 * input that made a sanitizer stop is left in ./fuzz-crash.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
[[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)(void));

enum { INPUT_MAX = 64 << 10, FILES_MAX = 1024 };

struct text {
	char *p;
	size_t len;
};

static struct text files[FILES_MAX];
static size_t n_files;
static struct text current = { .p = (char[INPUT_MAX]){ 0 } };
static uint64_t random_state;

static void write_crash(void)
{
	int fd = open("fuzz-crash", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd >= 0 && write(fd, current.p, current.len) == (ssize_t)current.len)
		fputs("the input is in ./fuzz-crash\n", stderr);
}

static void try(void)
{
	/* A copy of exactly its size: reading beyond the end is seen. */
	uint8_t *copy = malloc(current.len);

	if (current.len)
		memcpy(copy, current.p, current.len);
	alarm(20); /* an input that hangs is a fault as well */
	LLVMFuzzerTestOneInput(copy, current.len);
	free(copy);
}

/* ---- numbers at random: xorshift64*, the same everywhere */

static uint64_t roll(uint64_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return below ? (random_state * 0x2545F4914F6CDD1DULL >> 16) % below : 0;
}

/* ---- mutations of current */

static const char *const values[] = {
	"null",
	"true",
	"false",
	"0",
	"1",
	"-1",
	"-2",
	"65536",
	"4294967294",
	"4294967295",
	"4294967296",
	"2147483648",
	"9223372036854775807",
	"9223372036854775808",
	"18446744073709551615",
	"18446744073709551616",
	"-9223372036854775808",
	"-9223372036854775809",
	"1e999",
	"-0",
	"0.5",
	"\"\"",
	"\"a\\u0000b\"",
	"\"/\"",
	"\"..\"",
	"\"/../..\"",
	"\"/a/./../b\"",
	"\"a=b\"",
	"\"=\"",
	"\"\\ud800\"",
	"\"\\n\"",
	"\"0-\"",
	"\"0-99999999999\"",
	"\"a,b:c\"",
	"\"%s%n\"",
	"{}",
	"[]",
	"[[]]",
	"[{}]",
	"[null]",
	"{\"\":\"\"}",
	"[\"\",\"\"]",
	"{\"a\":{}}",
	"[1,-1,\"x\",null]",
};

static void replace(size_t at, size_t len, const char *with, size_t with_len)
{
	if (current.len - len + with_len > INPUT_MAX)
		return;
	memmove(current.p + at + with_len, current.p + at + len, current.len - at - len);
	memcpy(current.p + at, with, with_len);
	current.len += with_len - len;
}

/* The end of the JSON value that begins at `at`, roughly: brackets are counted, strings are not looked into.
 */
static size_t value_end(size_t at)
{
	int depth = 0;

	if (current.p[at] == '"') {
		for (at++; at < current.len && current.p[at] != '"'; at++)
			at += current.p[at] == '\\';
		return at < current.len ? at + 1 : current.len;
	}
	for (; at < current.len; at++) {
		char c = current.p[at];
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth <= 0)
			return depth < 0 ? at : at + 1;
		else if (c == ',' && depth == 0)
			break;
	}
	return at;
}

/* Where a value, a name or an item begins, at random; false if there is none nearby. */
static bool find_value(const struct text *t, size_t *at)
{
	size_t from = roll(t->len);

	for (size_t i = 0; i < t->len; i++) {
		size_t j = (from + i) % t->len;
		if (!strchr(":[{,", t->p[j]) || !t->p[j])
			continue;
		for (j++; j < t->len && strchr(" \t\n", t->p[j]); j++)
			;
		*at = j;
		return j < t->len;
	}
	return false;
}

static void change_value(void)
{
	const char *with = values[roll(sizeof(values) / sizeof(*values))];
	size_t at;

	if (find_value(&current, &at))
		replace(at, value_end(at) - at, with, strlen(with));
}

/* A value of another file, or of this one, in place of a value, or before it. */
static void graft(void)
{
	const struct text *other = &files[roll(n_files)];
	size_t at, from, len;

	if (!other->len || !find_value(&current, &at) || !find_value(other, &from))
		return;
	len = 1 + roll(other->len - from < 512 ? other->len - from : 512);
	replace(at, roll(2) ? value_end(at) - at : 0, other->p + from, len);
}

static void repeat(void)
{
	char copy[512];
	size_t at, len;

	if (!find_value(&current, &at))
		return;
	len = value_end(at) - at;
	if (len == 0 || len >= sizeof(copy))
		return;
	memcpy(copy, current.p + at, len);
	copy[len] = ',';
	for (uint64_t times = 1 + roll(roll(8) ? 3 : 100); times > 0; times--)
		replace(at, 0, copy, len + 1);
}

static void change_byte(void)
{
	size_t at = roll(current.len);

	if (current.len == 0)
		return;
	switch (roll(3)) {
	case 0:
		current.p[at] ^= 1 << roll(8);
		return;
	case 1:
		return replace(at, 1 + roll(current.len - at < 8 ? current.len - at : 8), "", 0);
	default:
		return replace(at, 0, (char[]){ roll(256) }, 1);
	}
}

static void mutate(void)
{
	static void (*const mutations[])(void) = { change_value, change_value, change_value,
						   graft,        repeat,       change_byte };
	const struct text *t = &files[roll(n_files)];

	current.len = t->len;
	memcpy(current.p, t->p, t->len);
	for (uint64_t n = 1 + roll(4); n > 0; n--)
		mutations[roll(sizeof(mutations) / sizeof(*mutations))]();
}

/* ---- files */

static int read_file(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct text *t = &files[n_files];

	if (fd < 0 || n_files == FILES_MAX) {
		fprintf(stderr, "%s: cannot be read\n", name);
		return 1;
	}
	t->p = malloc(INPUT_MAX);
	ssize_t n = read(fd, t->p, INPUT_MAX);
	close(fd);
	if (n < 0)
		return 1;
	t->len = n;
	n_files++;
	return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int read_directory(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, by_name), r = n < 0,
	    dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (int i = 0; i < n; i++)
		if (names[i]->d_name[0] != '.')
			r |= read_file(dir, names[i]->d_name);
	return r;
}

static uint64_t try_files(void)
{
	for (size_t i = 0; i < n_files; i++) {
		memcpy(current.p, files[i].p, files[i].len);
		current.len = files[i].len;
		try();
	}
	return n_files;
}

int main(int argc, char **argv)
{
	uint64_t seconds = 0, seed = time(NULL), n;
	int r = 0, i = 1;

	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(write_crash);
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2)
		*(strcmp(argv[i], "--seed") == 0 ? &seed : &seconds) = strtoull(argv[i + 1], NULL, 10);
	for (; i < argc; i++)
		r |= seconds ? read_directory(argv[i]) : read_file(AT_FDCWD, argv[i]);
	if (r || n_files == 0) {
		fprintf(stderr, "%s: no input\n", argv[0]);
		return 2;
	}
	random_state = seed * 2 + 1;
	printf("%zu files, seed %llu\n", n_files, (unsigned long long)seed);
	fflush(stdout);
	n = try_files();
	for (time_t end = time(NULL) + seconds; seconds && time(NULL) < end; n++) {
		mutate();
		try();
	}
	printf("%llu inputs\n", (unsigned long long)n);
	return 0;
}
