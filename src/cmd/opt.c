/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/opt.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cmd/template.h"
#include "spec/value.h"

/* Where a parse stands. */
struct parse {
	struct call *call;
	void *options;
	char **next; /* the word after the one at hand */
};

static const struct opt *row_end(const struct opt *o)
{
	while (o && (o->name || o->help))
		o++;
	return o;
}

/* The edit distance of two words, a swap of neighbours counting as one ("memroy"). */
static unsigned word_distance(const char *a, const char *b)
{
	enum { LONGEST = 31 };
	unsigned d[LONGEST + 1][LONGEST + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > LONGEST || m > LONGEST)
		return UINT_MAX;
	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		for (size_t j = 1; j <= m; j++) {
			unsigned best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[n][m];
}

/* Remember `candidate` in *best where it is nearer to `word`; at most a third of the word may be wrong. */
static void nearest_offer(const char *word, const char *candidate, const char **best, unsigned *distance)
{
	unsigned d = candidate ? word_distance(word, candidate) : UINT_MAX;

	if (d < *distance && d <= (strlen(word) + 2) / 3) {
		*best = candidate;
		*distance = d;
	}
}

/* "guise run", or "guise" for its own options. */
static const char *command_words(const struct call *call)
{
	if (call->command == call->program)
		return call->program->name;
	return arena_printf(call->arena, "%s %s", call->program->name, call->command->name);
}

static const struct absent *find_absent(const struct absent *t, const char *name)
{
	size_t len = strlen(name);

	while (t && t->names && !str_has_word(t->names, " ", name, len))
		t++;
	return t && t->names ? t : NULL;
}

static const struct absent *find_absent_letter(const struct absent *t, char letter)
{
	while (t && t->names && !(t->letters && strchr(t->letters, letter)))
		t++;
	return t && t->names ? t : NULL;
}

static int not_yet(const struct command *program, const struct absent *absent, struct err *e)
{
	err_cause(e, "docker or podman has it, %s not yet", program->name);
	return err_hint(e, "%s", absent->instead);
}

static int unknown_long(const struct call *call, const char *name, struct err *e)
{
	const struct command *c = call->command;
	const struct absent *absent;
	const char *best = NULL;
	unsigned distance = UINT_MAX;

	for (const struct opt *o = c->options; o && o < row_end(c->options); o++) {
		nearest_offer(name, o->name, &best, &distance);
		nearest_offer(name, o->alias, &best, &distance);
	}
	err_set(e, "unknown-option", EINVAL, "unknown option --%s", name);
	if ((absent = find_absent(c->absent, name)))
		return not_yet(call->program, absent, e);
	err_cause(e, "%s has none of that name", command_words(call));
	if (best)
		return err_hint(e, "did you mean --%s?", best);
	return err_hint(e, "%s --help lists them", command_words(call));
}

static int unknown_letter(const struct call *call, char letter, struct err *e)
{
	const struct absent *absent = find_absent_letter(call->command->absent, letter);

	err_set(e, "unknown-option", EINVAL, "unknown option -%c", letter);
	if (absent)
		return not_yet(call->program, absent, e);
	err_cause(e, "%s has no such letter", command_words(call));
	return err_hint(e, "%s --help lists them", command_words(call));
}

/* The row of a long name that is `len` characters long. */
static const struct opt *find_long(const struct opt *o, const char *name, size_t len)
{
	for (; o && (o->name || o->help); o++) {
		if (o->name && strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
		if (o->alias && strlen(o->alias) == len && strncmp(o->alias, name, len) == 0)
			return o;
	}
	return NULL;
}

static const struct opt *find_letter(const struct opt *o, char letter)
{
	for (; o && (o->name || o->help); o++)
		if (o->name && o->letter == letter)
			return o;
	return NULL;
}

static int use(struct parse *p, const struct opt *o, const char *value, bool on, struct err *e)
{
	struct opt_use u = {
		.opt = o,
		.call = p->call,
		.options = p->options,
		.field = (char *)p->options + o->field,
		.value = value,
		.on = on,
	};
	int r = o->set(&u, e);

	if (r < 0)
		err_prefix(e, "--%s", o->name);
	return r;
}

/* An option with an argument: the text that hangs on it, or the next word. */
static int use_argument(struct parse *p, const struct opt *o, const char *attached, struct err *e)
{
	if (!attached && !*p->next) {
		err_set(e, "missing-argument", EINVAL, "--%s", o->name);
		err_cause(e, "its argument is missing");
		return err_hint(e, "write --%s %s", o->name, o->arg);
	}
	return use(p, o, attached ? attached : *p->next++, false, e);
}

/* A flag, with the text after its = or NULL. */
static int use_flag(struct parse *p, const struct opt *o, const char *text, struct err *e)
{
	if (!text || str_eq(text, "true") || str_eq(text, "1"))
		return use(p, o, NULL, true, e);
	if (str_eq(text, "false") || str_eq(text, "0"))
		return use(p, o, NULL, false, e);
	err_set(e, "bad-flag", EINVAL, "--%s=%s", o->name, text);
	err_cause(e, "a flag takes no argument but true or false");
	return err_hint(e, "write --%s", o->name);
}

/* --name, --name=value, --name value */
static int parse_long(struct parse *p, const char *name, struct err *e)
{
	const char *eq = strchrnul(name, '=');
	const struct opt *o = find_long(p->call->command->options, name, eq - name);
	const char *text = *eq ? eq + 1 : NULL;

	if (!o && str_eq(name, "help"))
		return OPT_HELP;
	if (!o)
		return unknown_long(p->call, arena_strndup(p->call->arena, name, eq - name), e);
	return o->arg ? use_argument(p, o, text, e) : use_flag(p, o, text, e);
}

/* -i, -it, -e value, -evalue, -ite value */
static int parse_letters(struct parse *p, const char *letters, struct err *e)
{
	for (; *letters; letters++) {
		const struct opt *o = find_letter(p->call->command->options, *letters);
		int r;

		if (!o && *letters == 'h')
			return OPT_HELP;
		if (!o)
			return unknown_letter(p->call, *letters, e);
		if (o->arg) {
			const char *rest = letters + 1;

			if (*rest == '=')
				rest++;
			return use_argument(p, o, letters[1] ? rest : NULL, e);
		}
		if (letters[1] == '=')
			return use_flag(p, o, letters + 2, e);
		if ((r = use_flag(p, o, NULL, e)))
			return r;
	}
	return 0;
}

/* --name; or -name, where the program takes that and a name of more than a letter is meant. */
static bool is_long(const struct parse *p, const char *word)
{
	size_t len = strcspn(word + 1, "=");

	return word[1] == '-' || (p->call->program->single_dash && len > 1 &&
				  find_long(p->call->command->options, word + 1, len));
}

static int check_operands(const struct call *call, size_t n, struct err *e)
{
	const struct command *c = call->command;

	if (n >= c->min && (c->max == COMMAND_ANY || n <= c->max))
		return 0;
	err_set(e, "operands", EINVAL, "%s", c->name);
	if (c->max == 0)
		err_cause(e, "takes no arguments");
	else if (n < c->min)
		err_cause(e, "needs %s%d argument%s, got %zu", c->min == c->max ? "" : "at least ", c->min,
			  c->min == 1 ? "" : "s", n);
	else
		err_cause(e, "takes at most %d argument%s, got %zu", c->max, c->max == 1 ? "" : "s", n);
	return err_hint(e, "usage: %s%s%s%s", command_words(call),
			row_end(c->options) != c->options ? " [OPTIONS]" : "", c->operands ? " " : "",
			c->operands ? c->operands : "");
}

int opt_parse(struct call *call, void *options, struct strv *operands, struct err *e)
{
	struct parse p = { .call = call, .options = options, .next = call->argv };
	bool ended = false;

	*operands = (struct strv){ 0 };
	while (*p.next) {
		const char *word = *p.next++;
		int r = 0;

		if (ended || word[0] != '-' || !word[1]) {
			strv_push(call->arena, operands, word);
			ended = ended || call->command->options_first;
		} else if (str_eq(word, "--")) {
			ended = true;
		} else {
			r = is_long(&p, word) ? parse_long(&p, word + 1 + (word[1] == '-'), e) :
						parse_letters(&p, word + 1, e);
		}
		if (r)
			return r;
	}
	return check_operands(call, operands->n, e);
}

int opt_flag(const struct opt_use *u, struct err *e)
{
	*(bool *)u->field = u->on;
	return 0;
}

int opt_string(const struct opt_use *u, struct err *e)
{
	*(const char **)u->field = u->value;
	return 0;
}

int opt_list(const struct opt_use *u, struct err *e)
{
	strv_push(u->call->arena, u->field, u->value);
	return 0;
}

int opt_choice(const struct opt_use *u, struct err *e)
{
	const char *word = u->opt->hint;
	size_t len = strlen(u->value);

	while (word && *word) {
		size_t n = strcspn(word, " ");

		if (n == len && strncmp(word, u->value, n) == 0)
			return opt_string(u, e);
		word += n + (word[n] == ' ');
	}
	err_set(e, "bad-choice", EINVAL, "'%s'", u->value);
	err_cause(e, "not one of its words");
	return err_hint(e, "choose from: %s", u->opt->hint);
}

int opt_unsigned(const struct opt_use *u, struct err *e)
{
	int64_t n;
	int r = value_number(u->value, 0, UINT_MAX, &n, e);

	if (r == 0)
		*(unsigned *)u->field = n;
	return r;
}

int opt_format(const struct opt_use *u, struct err *e)
{
	struct opt_use format = *u;

	format.field = &u->call->format;
	return opt_choice(&format, e);
}

int opt_template(const struct opt_use *u, struct err *e)
{
	if (template_is(u->value)) {
		u->call->format = u->value;
		return 0;
	}
	opt_format(u, e);
	return e->no ? err_hint(e, "or a template, such as '{{.ID}}'") : 0;
}

/* The length of a name where argv begins with it: in words; 0 where it doesn't. It ends with a comma, too. */
static size_t match_name(const char *name, char *const *argv)
{
	for (size_t words = 0;; words++) {
		size_t n = strcspn(name, " ,");

		if (!argv[words] || strlen(argv[words]) != n || strncmp(name, argv[words], n) != 0)
			return 0;
		if (name[n] != ' ')
			return words + 1;
		name += n + 1;
	}
}

static size_t command_match(const struct command *c, char *const *argv)
{
	size_t words = match_name(c->name, argv);

	for (const char *name = c->also; !words && name;
	     name = strstr(name, ", ") ? strstr(name, ", ") + 2 : NULL)
		words = match_name(name, argv);
	return words;
}

const struct command *command_find(const struct command *const *commands, char ***argv)
{
	const struct command *found = NULL;
	size_t words = 0;

	for (const struct command *const *c = commands; *c; c++) {
		size_t n = command_match(*c, *argv);

		if (n > words) {
			words = n;
			found = *c;
		}
	}
	*argv += words;
	return found;
}

int command_unknown(const struct command *program, const char *word, struct err *e)
{
	const char *first = word ? word : "", *best = NULL;
	const struct absent *absent;
	unsigned distance = UINT_MAX;

	for (const struct command *const *c = program->commands; *c; c++) {
		nearest_offer(first, (*c)->name, &best, &distance);
		if (str_after((*c)->name, first) && (*c)->name[strlen(first)] == ' ')
			best = (*c)->name, distance = 0;
	}
	err_set(e, "unknown-command", EINVAL, "unknown command '%s'", first);
	err_cause(e, "%s has none of that name", program->name);
	absent = find_absent(program->absent, first);
	if (absent)
		return not_yet(program, absent, e);
	if (best)
		return err_hint(e, "did you mean %s %s?", program->name, best);
	return err_hint(e, "%s help lists them", program->name);
}
