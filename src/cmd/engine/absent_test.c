/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/inspect.h"

/* Of main.c, which is not linked here: no command comes so far. */
int command_open(struct call *call, struct state *st, struct err *e)
{
	return -1;
}

int command_state(struct call *call, struct state *st, struct err *e)
{
	return -1;
}

const char *command_oci_root(const struct call *call)
{
	return NULL;
}

void command_report(struct call *call, struct err *e)
{
}

int inspect_image(struct call *call, struct state *st, int images, const char *name, json_object **o,
		  struct err *e)
{
	return -1;
}

static const struct command *const all[] = {
	&run_command,    &exec_command, &ps_command,    &inspect_command, &logs_command,  &stop_command,
	&kill_command,   &wait_command, &rm_command,    &prune_command,   &pause_command, &unpause_command,
	&update_command, &top_command,  &stats_command, &port_command
};

static bool is_option(const struct command *c, const char *word, char letter)
{
	for (const struct opt *o = c->options; o && (o->name || o->help); o++)
		if (o->name &&
		    (letter ? o->letter == letter : str_eq(o->name, word) || str_eq(o->alias, word)))
			return true;
	return false;
}

/* The table says the truth: what is there isn't in it. */
static void test_absent(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		for (const struct absent *t = all[i]->absent; t->names; t++) {
			char words[512], *next = words, *word;

			assert_true(strlen(t->names) < sizeof(words));
			strcpy(words, t->names);
			while ((word = strsep(&next, " ")))
				if (!*word || is_option(all[i], word, 0))
					fail_msg("%s has --%s", all[i]->name, word);
			for (const char *l = t->letters; l && *l; l++)
				if (is_option(all[i], NULL, *l))
					fail_msg("%s has -%c", all[i]->name, *l);
		}
	}
}

static void test_told(void **state)
{
	static char block[65536];
	static const struct command program = { .name = "guise" };
	static const struct {
		const char *argv[3], *what, *hint;
	} rows[] = {
		{ { "-a", "stdin" }, "unknown option -a", "attached" },
		{ { "--attach", "stdin" }, "unknown option --attach", "attached" },
		{ { "--restart", "always" }, "unknown option --restart", "systemd" },
		{ { "-itq" }, "unknown option -q", "guise pull" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena a = ARENA_INIT(block);
		struct call call = { .program = &program,
				     .command = &run_command,
				     .arena = &a,
				     .argv = (char **)rows[i].argv };
		struct err e = { 0 };

		assert_true(run_command.run(&call, &e) < 0);
		assert_string_equal(e.code, "unknown-option");
		assert_string_equal(e.what, rows[i].what);
		assert_non_null(strstr(e.cause, "not yet"));
		assert_non_null(strstr(e.hint, rows[i].hint));
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_absent), cmocka_unit_test(test_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
