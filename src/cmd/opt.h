/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "spec/spec.h"

/*
 * A command is a row of data: its name, its operands, and one table of options. The same table parses
 * the command line and writes --help, the bash completion and the man page, so the four can't disagree.
 *
 *     struct stop_options { unsigned time; };
 *
 *     static const struct opt stop_table[] = {
 *             { "time", 't', "SECONDS", opt_unsigned, offsetof(struct stop_options, time),
 *               "seconds to wait before SIGKILL" },
 *             { 0 },
 *     };
 *
 *     static int stop_run(struct call *call, struct err *e)
 *     {
 *             struct stop_options o = { .time = 10 };
 *             struct strv names;
 *             int r = opt_parse(call, &o, &names, e);
 *
 *             if (r)
 *                     return r;
 *             ...
 *     }
 *
 *     const struct command stop_command = {
 *             .name = "stop", .operands = "CONTAINER...", .summary = "stop containers",
 *             .options = stop_table, .min = 1, .max = COMMAND_ANY, .hint = "@container", .run = stop_run,
 *     };
 *
 * The grammar is the one docker and podman users type: --name=value, --name value, -n value, -nvalue, -it for
 * -i -t, --flag=false, and -- to end the options; where the program says so, -name for --name too. Of an
 * option that is given twice the last one counts, or both where the row says `many`.
 */

/* One use of an option on a command line, as its setter sees it. */
struct opt_use {
	const struct opt *opt;
	struct call *call;
	void *options;     /* the command's struct */
	void *field;       /* options + opt->field */
	const char *value; /* the argument; NULL for a flag. Lives as long as argv */
	bool on;           /* a flag's value: false only after --flag=false */
};

/* Store u->value or u->on. Errors name the value and the reason; opt_parse() puts "--name: " before. */
typedef int opt_setter(const struct opt_use *u, struct err *e);

/* A row. One without a name but with a help text is a heading; an empty row ends the table. */
struct opt {
	const char *name; /* long, without the dashes */
	char letter;      /* or 0 */
	const char *arg;  /* placeholder of the argument; NULL: a flag */
	opt_setter *set;
	size_t field;     /* offset of what `set` fills, in the command's struct */
	const char *help; /* one line; a heading's text */
	/* what completes the argument: words, or one of @file @dir @container @running @command */
	const char *hint;
	const char *alias; /* a second long name */
	bool many;         /* may be given more than once, and every one counts */
};

/* What docker's and podman's users may type and this program doesn't have: options of a command, or commands
 * of a program. A row without names ends the table. */
struct absent {
	const char *names;   /* long ones, without the dashes, with blanks between */
	const char *letters; /* and short ones; may be NULL */
	const char *instead; /* the nearest way, as a hint */
};

/* The setters that most rows need. Others are the command's own. */
opt_setter opt_flag;     /* bool */
opt_setter opt_string;   /* const char * */
opt_setter opt_list;     /* struct strv: appended */
opt_setter opt_choice;   /* const char *: one of the words in the row's hint */
opt_setter opt_unsigned; /* unsigned */
opt_setter opt_format;   /* no field: call->format, for --format, one of the words in the row's hint */
opt_setter opt_template; /* the same, or a template (cmd/template.h) */

/* One call of a command. */
struct call {
	const struct command *program; /* what stands before it: its name is in messages */
	const struct command *command;
	struct arena *arena;
	char **line;        /* all words, as main() has them */
	char **argv;        /* those behind the command's name, NULL at the end */
	const char *format; /* --format, global or the command's: NULL, "text", "json", ... */
	const void *global; /* the program's own options, parsed; or NULL */
	int status;         /* the exit status, set by run() */
};

enum { COMMAND_ANY = 255 };

struct command {
	const char *name;     /* "run"; two words for "system prune" */
	const char *also;     /* its other names, "image ls, image list"; may be NULL */
	const char *operands; /* for the synopsis: "ROOTFS [COMMAND [ARG...]]" */
	const char *summary;  /* one line, no full stop */
	const char *details;  /* paragraphs for --help and the man page; may be NULL */
	const struct opt *options;
	const struct absent *absent; /* may be NULL */
	unsigned char min, max;      /* how many operands; max COMMAND_ANY: no bound */
	bool options_first; /* the first operand ends the options: what follows is another command's */
	bool elsewhere;     /* all else that is here stands in another program, which run() executes */
	bool single_dash;   /* a program's: -name is --name, as Go's flag package has it */
	/* what completes the operands, as in struct opt; a program's: the command that lists the names of
	 * containers, "ps -a --format names" */
	const char *hint;
	const char *running; /* a program's: the one that lists those that run */

	const struct command *const *commands; /* a program's: those that it lists; NULL at the end */

	/* Does it. 0 with call->status set, -errno with e filled, or OPT_HELP. */
	int (*run)(struct call *call, struct err *e);
};

/* What opt_parse() returns for --help; run() passes it on and the caller prints opt_help(). */
enum { OPT_HELP = 1 };

/* Parse call->argv into `options`, which holds the defaults, and the operands, which stay argv's.
 * 0, OPT_HELP, or -EINVAL: "unknown-option", "missing-argument", "bad-flag", "operands", or a setter's. */
int opt_parse(struct call *call, void *options, struct strv *operands, struct err *e);

/* The command that *argv begins with, by the longest name; *argv moves behind it. NULL: none does. `commands`
 * ends with NULL. */
const struct command *command_find(const struct command *const *commands, char ***argv);

/* -EINVAL, "unknown-command": word, or NULL, begins none of the program's commands. */
int command_unknown(const struct command *program, const char *word, struct err *e);

/* Commands of every program, in cmd/documents.c: two that it lists, and those that none does. */
extern const struct command help_command, completion_command;
extern const struct command *const document_commands[];

/* The documents, in cmd/opt_doc.c. `program` stands for the executable itself: its name and global
 * options. */
void opt_help(struct str *out, const struct command *program, const struct command *c);
void opt_overview(struct str *out, const struct command *program, const struct command *const *commands);
void opt_complete(struct str *out, const struct command *program, const struct command *const *commands);
void opt_man(struct str *out, const struct command *program, const struct command *c); /* mdoc(7) */
