/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/lab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/utf8.h"

enum section {
	SECTION_HEAD,
	SECTION_TASK,
	SECTION_WATCH,
	SECTION_SETUP,
	SECTION_GOALS,
	SECTION_HINTS,
	SECTION_SOLUTION,
	SECTION_UNDO,
	SECTION_COUNT
};

static const char *const section_names[SECTION_COUNT] = { "",      "task",  "watch",    "setup",
							  "goals", "hints", "solution", "undo" };

struct parser {
	struct arena *a;
	struct lab *lab;
	struct err *e;
	unsigned line;
	enum section section;
	bool seen[SECTION_COUNT];
	struct str text[SECTION_COUNT]; /* of those that are texts */
	struct str hint;                /* the paragraph that is being read */
};

static int bad(const struct parser *p, const char *cause, const char *hint)
{
	err_set(p->e, "lab-bad", EINVAL, "read %s, line %u", p->lab->file, p->line);
	err_cause(p->e, "%s", cause);
	return err_hint(p->e, "%s", hint);
}

/* ---- the name ---- */

bool lab_file_name(struct arena *a, const char *file, unsigned *number, const char **name)
{
	size_t digits = strspn(file, "0123456789"), len = strlen(file);
	size_t word = strspn(file + digits + (file[digits] == '-'), "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (digits == 0 || digits > 3 || file[digits] != '-' || word == 0 || word > 40 ||
	    len != digits + 1 + word + 4 || strcmp(file + len - 4, ".lab") != 0)
		return false;
	*number = (unsigned)strtoul(file, NULL, 10);
	*name = arena_strndup(a, file + digits + 1, word);
	return *number > 0;
}

/* ---- lines ---- */

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

static struct strv split(struct arena *a, const char *text)
{
	struct strv words = { 0 };

	for (const char *w = skip_blanks(text); *w; w = skip_blanks(w)) {
		size_t n = strcspn(w, " \t");

		strv_push(a, &words, arena_strndup(a, w, n));
		w += n;
	}
	return words;
}

/* "title: TEXT" */
static int head_line(struct parser *p, const char *line)
{
	struct lab *l = p->lab;
	const char *value;

	if ((value = str_after(line, "title:")) && !l->title)
		l->title = skip_blanks(value);
	else if ((value = str_after(line, "after:")) && !l->after)
		l->after = skip_blanks(value);
	else if ((value = str_after(line, "fault:")) && !l->faults.n)
		l->faults = split(p->a, value);
	else
		return bad(p, "not one of title:, after: and fault:, each once",
			   "the first section begins with [task]");
	return 0;
}

static void end_hint(struct parser *p)
{
	if (p->hint.len)
		strv_push(p->a, &p->lab->hints, p->hint.p);
	p->hint = (struct str){ .arena = p->a };
}

/* "netns net1 -- there is a network namespace net1": behind the dashes it is said for a person. */
static int add_goal(struct parser *p, const char *line)
{
	const char *said = strstr(line, " -- ");
	char *words = said ? arena_strndup(p->a, line, (size_t)(said - line)) : arena_strdup(p->a, line);
	struct lab_goal goal = { p->line, skip_blanks(said ? said + 4 : line), split(p->a, words) };

	if (!goal.words.n || !*goal.text)
		return bad(p, "a goal without words", "write WORDS, or WORDS -- TEXT");
	if (p->lab->n_goals == LAB_GOALS_MAX)
		return bad(p, "a goal too many", "an exercise has 64 at most");
	arena_push(p->a, p->lab->goals, p->lab->n_goals, goal);
	return 0;
}

static int section_line(struct parser *p, const char *line)
{
	bool empty = !*skip_blanks(line);

	switch (p->section) {
	case SECTION_HEAD:
		return empty || *line == '#' ? 0 : head_line(p, line);
	case SECTION_WATCH:
		if (!empty)
			strv_push(p->a, &p->lab->watch, line);
		return 0;
	case SECTION_GOALS:
		return empty || *line == '#' ? 0 : add_goal(p, line);
	case SECTION_HINTS:
		if (empty)
			end_hint(p);
		else
			str_addf(&p->hint, "%s%s", p->hint.len ? "\n" : "", line);
		return 0;
	default:
		if (!empty || p->text[p->section].len)
			str_addf(&p->text[p->section], "%s\n", line);
		return 0;
	}
}

/* A section's name on a line of its own; no command looks like that. 1: it was none. */
static int section_begin(struct parser *p, const char *line)
{
	size_t word = *line == '[' ? strspn(line + 1, "abcdefghijklmnopqrstuvwxyz") : 0;

	if (!word || strcmp(line + 1 + word, "]") != 0)
		return 1;
	for (int i = 1; i < SECTION_COUNT; i++) {
		if (strncmp(section_names[i], line + 1, word) != 0 || section_names[i][word])
			continue;
		if (p->seen[i])
			return bad(p, "the section is there twice", "put both together");
		p->section = i;
		p->seen[i] = true;
		return 0;
	}
	return bad(p, "no such section",
		   "there are [task], [watch], [setup], [goals], [hints], [solution] and [undo]");
}

/* A text that may be printed as it is; a tab is one, too. NULL, or what is wrong. */
static const char *not_plain(struct arena *a, const char *line, size_t len)
{
	char *copy = arena_strndup(a, line, len);
	struct str visible = { .arena = a };

	for (size_t i = 0; i < len;) {
		unsigned n = utf8_len((const unsigned char *)copy + i);

		if (copy[i] == '\t')
			copy[i] = ' ';
		if (n == 0 || i + n > len || (unsigned char)copy[i] < ' ' || copy[i] == 127)
			return "a control character, or no UTF-8";
		i += n;
	}
	str_add_visible(&visible, copy);
	return visible.len != len ? "a character that moves or hides text" : NULL;
}

static int parse_lines(struct parser *p, const char *text, size_t len)
{
	const char *end = text + len;
	int r;

	for (const char *at = text; at < end; p->line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((newline ? newline : end) - at);
		const char *wrong = not_plain(p->a, at, n);

		if (wrong)
			return bad(p, wrong, "write plain text");
		const char *line = arena_strndup(p->a, at, n);
		r = section_begin(p, line);
		if (r < 0 || (r == 1 && (r = section_line(p, line)) < 0))
			return r;
		at += n + 1;
	}
	return 0;
}

/* ---- the whole ---- */

static char *without_end(struct str *s)
{
	while (s->len && s->p[s->len - 1] == '\n')
		s->p[--s->len] = '\0';
	return s->p;
}

static int check_whole(struct parser *p)
{
	const struct lab *l = p->lab;

	if (!l->title || !*l->title)
		return bad(p, "no title", "begin with a line title: TEXT");
	if (!l->task || !*l->task)
		return bad(p, "no task", "say in [task] what is to be done");
	if (!l->n_goals)
		return bad(p, "no goal", "say in [goals] what is to be so");
	if (!l->solution || !*l->solution)
		return bad(p, "no solution", "write in [solution] the commands, and the reasons as comments");
	return 0;
}

int lab_parse(struct arena *a, const char *file, const char *text, size_t len, struct lab *l, struct err *e)
{
	struct parser p = { .a = a, .lab = l, .e = e, .line = 1, .hint = { .arena = a } };
	int r;

	*l = (struct lab){ .file = file };
	if (!lab_file_name(a, file, &l->number, &l->name))
		return bad(&p, "its name is not NN-NAME.lab",
			   "name it by a number and a word in small letters, 04-bridge.lab");
	if (len > LAB_FILE_MAX)
		return bad(&p, "it is larger than 64 KiB", "no exercise is that long");
	for (int i = 0; i < SECTION_COUNT; i++)
		p.text[i] = (struct str){ .arena = a };
	if ((r = parse_lines(&p, text, len)) < 0)
		return r;
	end_hint(&p);
	l->task = without_end(&p.text[SECTION_TASK]);
	l->setup = without_end(&p.text[SECTION_SETUP]);
	l->solution = without_end(&p.text[SECTION_SOLUTION]);
	l->undo = without_end(&p.text[SECTION_UNDO]);
	return check_whole(&p);
}

bool lab_is_broken(const struct lab *l)
{
	return l->faults.n > 0;
}
