/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "cmd/opt.h"

struct toy_options {
	bool all, interactive, tty;
	const char *name, *order;
	struct strv env;
	unsigned time;
};

#define AT(member) offsetof(struct toy_options, member)

static const struct opt toy_table[] = {
	{ .help = "Toys" },
	{ "all", 'a', NULL, opt_flag, AT(all), "all of them" },
	{ "interactive", 'i', NULL, opt_flag, AT(interactive), "with input" },
	{ "tty", 't', NULL, opt_flag, AT(tty), "with a terminal" },
	{ "env", 'e', "NAME=VALUE", opt_list, AT(env), "a variable", .many = true },
	{ "name", 0, "NAME", opt_string, AT(name), "a name", "@container", "called" },
	{ .help = "More toys" },
	{ "order", 'o', "WORD", opt_choice, AT(order), "an order", "up down" },
	{ "time", 0, "SECONDS", opt_unsigned, AT(time), "a time" },
	{ "format", 0, "FORMAT", opt_format, 0, "a format", "text json" },
	{ 0 },
};

static const struct command toy = {
	.name = "toy",
	.operands = "TOY [ARG...]",
	.summary = "Play",
	.options = toy_table,
	.min = 1,
	.max = COMMAND_ANY,
	.options_first = true,
};
static const struct command pair = {
	.name = "pair", .operands = "A B", .options = toy_table, .min = 2, .max = 2
};
static const struct command none = { .name = "none", .also = "nil, system nothing", .summary = "Nothing" };
static const struct command prune = { .name = "system prune", .summary = "Prune" };
static const struct command df = { .name = "system df", .summary = "Count" };
static const struct command *const commands[] = { &toy, &pair, &none, &prune, &df, NULL };
static const struct command program = { .name = "guise", .summary = "Toys", .commands = commands };

static char first_block[64 * 1024];

/* What a command line of space-separated words sets, in one line; or "ERROR ..." or "HELP". */
static const char *parse(struct arena *a, const struct command *c, const char *line)
{
	char *rest = arena_strdup(a, line), *word;
	struct toy_options o = { 0 };
	struct strv words = { 0 }, operands;
	struct call call = { .program = &program, .command = c, .arena = a };
	struct str s = { .arena = a };
	struct err e;
	char buf[1024];
	int r;

	while ((word = strsep(&rest, " ")))
		if (*word)
			strv_push(a, &words, word);
	call.argv = words.v ? (char **)words.v : (char *[]){ NULL };
	r = opt_parse(&call, &o, &operands, &e);
	if (r)
		return r == OPT_HELP ? "HELP" : arena_printf(a, "ERROR %s", err_line(&e, buf, sizeof(buf)));
	str_addf(&s, "%s%s%s", o.all ? "all " : "", o.interactive ? "interactive " : "", o.tty ? "tty " : "");
	if (o.name)
		str_addf(&s, "name=%s ", o.name);
	if (o.order)
		str_addf(&s, "order=%s ", o.order);
	if (o.time)
		str_addf(&s, "time=%u ", o.time);
	if (call.format)
		str_addf(&s, "format=%s ", call.format);
	for (size_t i = 0; i < o.env.n; i++)
		str_addf(&s, "env=%s ", o.env.v[i]);
	str_add(&s, "|");
	for (size_t i = 0; i < operands.n; i++)
		str_addf(&s, " %s", operands.v[i]);
	if (operands.v)
		assert_null(operands.v[operands.n]);
	return s.p;
}

static void test_grammar(void **state)
{
	static const struct {
		const char *line, *result;
	} t[] = {
		{ "x", "| x" },
		{ "--all x", "all | x" },
		{ "--all=true --tty=false x", "all | x" },
		{ "-it x", "interactive tty | x" },
		{ "-i -t x", "interactive tty | x" },
		{ "-i=false -t=true x", "tty | x" },
		{ "--name n x", "name=n | x" },
		{ "--name=n x", "name=n | x" },
		{ "--name= x", "name= | x" },
		{ "--called n x", "name=n | x" },
		{ "--name a --name b x", "name=b | x" },
		{ "-e A=1 -eB=2 -e=C=3 --env D=4 --env=E=5 x",
		  "env=A=1 env=B=2 env=C=3 env=D=4 env=E=5 | x" },
		{ "-ite A=1 x", "interactive tty env=A=1 | x" },
		{ "-iteA=1 x", "interactive tty env=A=1 | x" },
		{ "--name -x x", "name=-x | x" },
		{ "-o up --time 5 --format json x", "order=up time=5 format=json | x" },
		{ "x --all -z", "| x --all -z" },
		{ "x -- y", "| x -- y" },
		{ "-- --all x", "| --all x" },
		{ "-a -- x", "all | x" },
		{ "-", "| -" },
		{ "--help", "HELP" },
		{ "-h", "HELP" },
		{ "-ih", "HELP" },
		{ "x --help", "| x --help" },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_string_equal(parse(&a, &toy, t[i].line), t[i].result);
	/* without options_first they may stand anywhere */
	assert_string_equal(parse(&a, &pair, "x --all y"), "all | x y");
	assert_string_equal(parse(&a, &pair, "x -- --all"), "| x --all");
	arena_free(&a);
}

static void test_refused(void **state)
{
	static const struct {
		const char *line, *result;
	} t[] = {
		{ "--nmae x",
		  "ERROR unknown option --nmae: guise toy has none of that name; did you mean --name?" },
		{ "--nam=5 x",
		  "ERROR unknown option --nam: guise toy has none of that name; did you mean --name?" },
		{ "--interactiv x",
		  "ERROR unknown option --interactiv: guise toy has none of that name; did you "
		  "mean --interactive?" },
		{ "--publish x",
		  "ERROR unknown option --publish: guise toy has none of that name; guise toy --help lists them" },
		{ "-z x",
		  "ERROR unknown option -z: guise toy has no such letter; guise toy --help lists them" },
		{ "-iz x",
		  "ERROR unknown option -z: guise toy has no such letter; guise toy --help lists them" },
		{ "--name", "ERROR --name: its argument is missing; write --name NAME" },
		{ "-e", "ERROR --env: its argument is missing; write --env NAME=VALUE" },
		{ "--all=maybe x",
		  "ERROR --all=maybe: a flag takes no argument but true or false; write --all" },
		{ "-o left x", "ERROR --order: 'left': not one of its words; choose from: up down" },
		{ "-o u x", "ERROR --order: 'u': not one of its words; choose from: up down" },
		{ "--time 5s x",
		  "ERROR --time: '5s': not a whole number; give a number from 0 to 4294967295" },
		{ "--time -1 x",
		  "ERROR --time: '-1': the number is out of range; give a number from 0 to 4294967295" },
		{ "--format xml x", "ERROR --format: 'xml': not one of its words; choose from: text json" },
		{ "",
		  "ERROR toy: needs at least 1 argument, got 0; usage: guise toy [OPTIONS] TOY [ARG...]" },
		{ "--x\x1b[1m y",
		  "ERROR unknown option --x?[1m: guise toy has none of that name; guise toy --help lists them" },
	};
	struct arena a = ARENA_INIT(first_block);

	for (size_t i = 0; i < ARRAY_LEN(t); i++)
		assert_string_equal(parse(&a, &toy, t[i].line), t[i].result);
	assert_string_equal(parse(&a, &pair, "x"),
			    "ERROR pair: needs 2 arguments, got 1; usage: guise pair [OPTIONS] A B");
	assert_string_equal(parse(&a, &pair, "x y z"),
			    "ERROR pair: takes at most 2 arguments, got 3; usage: guise pair [OPTIONS] A B");
	assert_string_equal(parse(&a, &none, "x"), "ERROR none: takes no arguments; usage: guise none");
	assert_string_equal(parse(&a, &none, ""), "|");
	assert_string_equal(
		parse(&a, &none, "--all"),
		"ERROR unknown option --all: guise none has none of that name; guise none --help lists them");
	arena_free(&a);
}

/* As runc's users may write: -name is --name, but a letter is a letter. */
static void test_single_dash(void **state)
{
	static const struct command runc = { .name = "runc", .single_dash = true };
	struct arena a = ARENA_INIT(first_block);
	char *argv[] = { "-all", "-name=x", "-time", "3", "-i", "-tty=false", "op", NULL };
	struct call call = { .program = &runc, .command = &pair, .arena = &a, .argv = argv };
	struct toy_options o = { .tty = true };
	struct strv operands;
	struct err e;

	assert_int_equal(opt_parse(&call, &o, &operands, &e), -EINVAL);
	assert_true(o.all && o.interactive && !o.tty);
	assert_string_equal(o.name, "x");
	assert_int_equal(o.time, 3);
	assert_string_equal(e.hint, "usage: runc pair [OPTIONS] A B");
	arena_free(&a);
}

/* The format is known even when a later option is wrong, so that the error can be printed in it. */
static void test_format_survives(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	char *argv[] = { "--format", "json", "--time", "x", NULL };
	struct call call = { .program = &program, .command = &toy, .arena = &a, .argv = argv };
	struct toy_options o = { 0 };
	struct strv operands;
	struct err e;

	assert_true(opt_parse(&call, &o, &operands, &e) < 0);
	assert_string_equal(call.format, "json");
	arena_free(&a);
}

static void test_find(void **state)
{
	static const struct {
		char *argv[4];
		const struct command *found;
		int left;
		const char *hint;
	} t[] = {
		{ { "toy", "x" }, &toy, 1 },
		{ { "system", "prune", "-f" }, &prune, 1 },
		{ { "system", "df" }, &df, 0 },
		{ { "system", "nothing", "x" }, &none, 1 },
		{ { "nil" }, &none, 0 },
		{ { "system" }, NULL, 0, "did you mean guise system df?" },
		{ { "tyo" }, NULL, 0, "did you mean guise toy?" },
		{ { "frobnicate" }, NULL, 0, "guise help lists them" },
		{ { NULL }, NULL, 0, "guise help lists them" },
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		char **argv = (char **)t[i].argv;
		struct err e = { 0 };

		assert_ptr_equal(command_find(commands, &argv), t[i].found);
		if (t[i].found) {
			int left = 0;

			while (argv[left])
				left++;
			assert_int_equal(left, t[i].left);
		} else {
			assert_int_equal(command_unknown(&program, *argv, &e), -EINVAL);
			assert_string_equal(e.code, "unknown-command");
			assert_string_equal(e.hint, t[i].hint);
		}
	}
}

static void test_help(void **state)
{
	struct arena a = ARENA_INIT(first_block);
	struct str s = { .arena = &a };

	opt_help(&s, &program, &toy);
	assert_string_equal(s.p, "Usage: guise toy [OPTIONS] TOY [ARG...]\n"
				 "\n"
				 "Play.\n"
				 "\n"
				 "Toys:\n"
				 "  -a, --all                       all of them\n"
				 "  -i, --interactive               with input\n"
				 "  -t, --tty                       with a terminal\n"
				 "  -e, --env NAME=VALUE            a variable (repeatable)\n"
				 "      --name, --called NAME       a name\n"
				 "\n"
				 "More toys:\n"
				 "  -o, --order WORD                an order\n"
				 "      --time SECONDS              a time\n"
				 "      --format FORMAT             a format\n");
	s = (struct str){ .arena = &a };
	opt_help(&s, &program, &none);
	assert_string_equal(s.p, "Usage: guise none\n\nNothing.\n\nAlso called: nil, system nothing.\n");
	arena_free(&a);
}

static void test_man(void **state)
{
	static const struct opt table[] = {
		{ "dot", 'd', "X", opt_string, 0, ".starts with \\ and a dot", .alias = "point" },
		{ 0 },
	};
	static const struct command c = {
		.name = "c", .summary = "See", .details = "One.\n\nTwo.", .options = table
	};
	struct arena a = ARENA_INIT(first_block);
	struct str s = { .arena = &a };

	opt_man(&s, &program, &c);
	assert_string_equal(s.p, ".Ss guise c [OPTIONS]\n"
				 "See.\n"
				 ".Pp\n"
				 "One.\n"
				 ".Pp\n"
				 "Two.\n"
				 ".Bl -tag -width Ds -compact\n"
				 ".It Fl d , Fl Fl dot , Fl Fl point Ar X\n"
				 "\\&.starts with \\e and a dot\n"
				 ".El\n");
	arena_free(&a);
}

static void test_complete(void **state)
{
	static const char *const lines[] = {
		"'') options=''; takes=''; operands=' toy pair none system' ;;",
		"	system) options=; takes=; operands=' nothing prune df' ;;",
		"	'none'|'nil'|'system nothing') options=''; takes='';",
		"	'system df') options=''; takes=''; operands='' ;;",
		"takes=' --env -e --name --called --order -o --time --format'; operands='' ;;",
		"	'toy --name'|'toy --called') _guise_offer @container ;;",
		"	'pair --order'|'pair -o') _guise_offer up down ;;",
		"complete -F _guise guise",
	};
	struct arena a = ARENA_INIT(first_block);
	struct str s = { .arena = &a };

	opt_complete(&s, &program, commands);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (!strstr(s.p, lines[i]))
			fail_msg("no line: %s\nin:\n%s", lines[i], s.p);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),     cmocka_unit_test(test_refused),
		cmocka_unit_test(test_single_dash), cmocka_unit_test(test_format_survives),
		cmocka_unit_test(test_find),        cmocka_unit_test(test_help),
		cmocka_unit_test(test_man),         cmocka_unit_test(test_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
