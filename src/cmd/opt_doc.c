/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cmd/opt.h"

/* What a command's table says, as --help, as a bash completion and as a page of the manual. */

static bool is_end(const struct opt *o)
{
	return !o || (!o->name && !o->help);
}

static void add_synopsis(struct str *out, const struct command *program, const struct command *c)
{
	str_add(out, program->name);
	if (c != program)
		str_addf(out, " %s", c->name);
	if (!is_end(c->options))
		str_add(out, " [OPTIONS]");
	if (c->operands)
		str_addf(out, " %s", c->operands);
}

/* "  -m, --memory SIZE            memory, such as 50m" */
static void help_row(struct str *out, const struct opt *o)
{
	enum { COLUMN = 34 };
	size_t start = out->len, width;

	if (o->letter)
		str_addf(out, "  -%c, --%s", o->letter, o->name);
	else
		str_addf(out, "      --%s", o->name);
	if (o->alias)
		str_addf(out, ", --%s", o->alias);
	if (o->arg)
		str_addf(out, " %s", o->arg);
	width = out->len - start;
	if (width + 2 > COLUMN)
		str_addf(out, "\n%*s", COLUMN, "");
	else
		str_addf(out, "%*s", (int)(COLUMN - width), "");
	str_addf(out, "%s%s\n", o->help, o->many ? " (repeatable)" : "");
}

static void help_options(struct str *out, const struct opt *o)
{
	if (!is_end(o) && o->name)
		str_add(out, "\nOptions:\n");
	for (; !is_end(o); o++) {
		if (o->name)
			help_row(out, o);
		else
			str_addf(out, "\n%s:\n", o->help);
	}
}

void opt_help(struct str *out, const struct command *program, const struct command *c)
{
	str_add(out, "Usage: ");
	add_synopsis(out, program, c);
	str_addf(out, "\n\n%s.\n", c->summary);
	if (c->also)
		str_addf(out, "\nAlso called: %s.\n", c->also);
	if (c->details)
		str_addf(out, "\n%s\n", c->details);
	help_options(out, c->options);
}

void opt_overview(struct str *out, const struct command *program, const struct command *const *commands)
{
	str_addf(out, "Usage: %s [OPTIONS] COMMAND [ARG...]\n\n%s.\n\nCommands:\n", program->name,
		 program->summary);
	for (; *commands; commands++)
		str_addf(out, "  %-16s%s\n", (*commands)->name, (*commands)->summary);
	help_options(out, program->options);
	str_addf(out, "\n`%s COMMAND --help` tells more about a command.\n", program->name);
}

/*
 * The bash completion. Bash has split the line at blanks and also at = and :, so that --name=value comes as
 * three words, and dir:PATH too. Three tables are generated: _guise_command() sets the options of a command,
 * those that take an argument, and its operands; _guise_many() names the commands whose operands are all of
 * one kind; _guise_value() completes the argument of one option. The rest is the same for every program, and
 * _guise in it becomes _NAME of the program.
 */
static const char complete_head[] =
	"\n"
	"_guise_offer()\n"
	"{\n"
	"	case $1 in\n"
	"	@file) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
	"	@dir) compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\")) ;;\n"
	"	@container) COMPREPLY=($(compgen -W \"$(_guise_containers 2>/dev/null)\" -- \"$cur\")) ;;\n"
	"	@running) COMPREPLY=($(compgen -W \"$(_guise_running 2>/dev/null)\" -- \"$cur\")) ;;\n"
	"	@command) _guise_command ''; COMPREPLY=($(compgen -W \"$operands\" -- \"$cur\")) ;;\n"
	"	*) COMPREPLY=($(compgen -W \"$*\" -- \"$cur\"))\n"
	"	   [[ ${COMPREPLY[0]} == *[:=] ]] && compopt -o nospace ;;\n"
	"	esac\n"
	"}\n";

static const char complete_tail[] =
	"\n"
	"# What stands behind a colon: dir:PATH, container:NAME, SRC:DST\n"
	"_guise_part()\n"
	"{\n"
	"	case $1 in\n"
	"	dir) _guise_offer @dir ;;\n"
	"	container) _guise_offer @running ;;\n"
	"	*) _guise_offer @file ;;\n"
	"	esac\n"
	"}\n"
	"\n"
	"_guise()\n"
	"{\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"	local i word before command= options takes operands count=0 root=()\n"
	"\n"
	"	if [[ $cur == = ]]; then cur=\n"
	"	elif [[ $cur == : ]]; then before=$prev cur= prev=:\n"
	"	elif [[ $prev == : ]]; then before=${COMP_WORDS[COMP_CWORD-2]}\n"
	"	elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
	"	_guise_command ''\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		[[ $word != --root ]] || root=(--root \"${COMP_WORDS[i+1]}\")\n"
	"		[[ ${root[1]} != = ]] || root[1]=${COMP_WORDS[i+2]}\n"
	"		if [[ $word == [=:] ]]; then ((i++))\n"
	"		elif [[ \" $takes \" == *\" $word \"* ]]; then [[ ${COMP_WORDS[i+1]} == = ]] || ((i++))\n"
	"		elif [[ $word == -* ]]; then :\n"
	"		elif ((count == 0)) && _guise_command \"${command:+$command }$word\"; then\n"
	"			command=\"${command:+$command }$word\"\n"
	"		else ((count++)); fi\n"
	"	done\n"
	"	if [[ $prev == : ]]; then _guise_part \"$before\"\n"
	"	elif [[ \" $takes \" == *\" $prev \"* ]]; then _guise_value \"$command\" \"$prev\"\n"
	"	elif [[ $cur == -* ]]; then _guise_offer $options --help\n"
	"	elif ((count == 0)) || _guise_many \"$command\"; then _guise_offer $operands\n"
	"	else _guise_offer @file; fi\n"
	"}\n";

/* " --name --alias -n" for every row, or only for those that take an argument. */
static void add_names(struct str *out, const struct opt *o, bool takes_only)
{
	for (; !is_end(o); o++) {
		if (!o->name || (takes_only && !o->arg))
			continue;
		str_addf(out, " --%s", o->name);
		if (o->alias)
			str_addf(out, " --%s", o->alias);
		if (o->letter)
			str_addf(out, " -%c", o->letter);
	}
}

/* The names of a command, one after the other, NULL at the end; *rest is NULL first. */
static const char *next_name(struct arena *a, const struct command *c, const char **rest)
{
	const char *name = *rest;
	size_t len;

	if (!name) {
		*rest = c->also ? c->also : "";
		return c->name;
	}
	len = strcspn(name, ",");
	*rest = name + len + (name[len] ? strlen(", ") : 0);
	return len ? arena_strndup(a, name, len) : NULL;
}

/* The words that finish the first word of two-word commands: for "system", " prune df". */
static void add_second_words(struct str *out, const struct command *const *commands, const char *first,
			     size_t len)
{
	for (; *commands; commands++)
		for (const char *rest = NULL, *name; (name = next_name(out->arena, *commands, &rest));)
			if (strncmp(name, first, len) == 0 && name[len] == ' ')
				str_addf(out, " %s", name + len + 1);
}

/* "'images'|'image ls'" */
static void add_patterns(struct str *out, const struct command *c)
{
	for (const char *rest = NULL, *name; (name = next_name(out->arena, c, &rest));)
		str_addf(out, "%s'%s'", name == c->name ? "" : "|", name);
}

/* Is c the first of the commands that begin with its first word? */
static bool is_first_of_group(const struct command *const *commands, const struct command *c, size_t len)
{
	while (strncmp((*commands)->name, c->name, len) != 0 || (*commands)->name[len] != ' ')
		commands++;
	return *commands == c;
}

/* Do all its operands mean the same? */
static bool takes_many(const struct command *c)
{
	return c->hint && *c->hint == '@' && c->max == COMMAND_ANY && !c->options_first;
}

static void complete_commands(struct str *out, const struct command *program,
			      const struct command *const *commands)
{
	str_add(out, "\n_guise_command()\n{\n\tcase $1 in\n\t'') options='");
	add_names(out, program->options, false);
	str_add(out, "'; takes='");
	add_names(out, program->options, true);
	str_add(out, "'; operands='");
	for (const struct command *const *c = commands; *c; c++) {
		size_t len = strcspn((*c)->name, " ");

		if (!(*c)->name[len] || is_first_of_group(commands, *c, len))
			str_addf(out, " %.*s", (int)len, (*c)->name);
	}
	str_add(out, "' ;;\n");
	for (const struct command *const *c = commands; *c; c++) {
		size_t len = strcspn((*c)->name, " ");

		if ((*c)->name[len] && is_first_of_group(commands, *c, len)) {
			str_addf(out, "\t%.*s) options=; takes=; operands='", (int)len, (*c)->name);
			add_second_words(out, commands, (*c)->name, len);
			str_add(out, "' ;;\n");
		}
		str_add(out, "\t");
		add_patterns(out, *c);
		str_add(out, ") options='");
		add_names(out, (*c)->options, false);
		str_add(out, "'; takes='");
		add_names(out, (*c)->options, true);
		str_addf(out, "'; operands='%s' ;;\n", (*c)->hint ? (*c)->hint : "");
	}
	str_add(out, "\t*) return 1 ;;\n\tesac\n}\n");
}

static void complete_many(struct str *out, const struct command *const *commands)
{
	str_add(out, "\n_guise_many()\n{\n\tcase $1 in\n");
	for (; *commands; commands++)
		if (takes_many(*commands)) {
			str_add(out, "\t");
			add_patterns(out, *commands);
			str_add(out, ") ;;\n");
		}
	str_add(out, "\t*) return 1 ;;\n\tesac\n}\n");
}

static void complete_values(struct str *out, const char *command, const struct opt *o)
{
	for (; !is_end(o); o++) {
		if (!o->name || !o->hint)
			continue;
		str_addf(out, "\t'%s --%s'", command, o->name);
		if (o->alias)
			str_addf(out, "|'%s --%s'", command, o->alias);
		if (o->letter)
			str_addf(out, "|'%s -%c'", command, o->letter);
		str_addf(out, ") _guise_offer %s ;;\n", o->hint);
	}
}

/* guise-oci's functions are called _guise_oci. */
static const char *function_name(struct arena *a, const struct command *program)
{
	char *name = arena_printf(a, "_%s", program->name);

	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}

/* Add text with `name` for each _guise. */
static void add_renamed(struct str *out, const char *text, const char *name)
{
	static const char old[] = "_guise";

	for (const char *next; (next = strstr(text, old)); text = next + strlen(old)) {
		str_addn(out, text, (size_t)(next - text));
		str_add(out, name);
	}
	str_add(out, text);
}

void opt_complete(struct str *out, const struct command *program, const struct command *const *commands)
{
	const char *name = function_name(out->arena, program);
	struct str text = { .arena = out->arena };

	str_add(&text, complete_head);
	complete_commands(&text, program, commands);
	complete_many(&text, commands);
	str_add(&text, "\n_guise_value()\n{\n\tcase \"$1 $2\" in\n");
	complete_values(&text, "", program->options);
	for (; *commands; commands++)
		for (const char *rest = NULL, *of; (of = next_name(text.arena, *commands, &rest));)
			complete_values(&text, of, (*commands)->options);
	str_add(&text, "\tesac\n}\n");
	str_add(&text, complete_tail);
	str_addf(out, "# bash completion for %s. Made from its option tables by `%s completion`.\n",
		 program->name, program->name);
	add_renamed(out, text.p, name);
	str_addf(out, "\n%s_containers() { %s \"${root[@]}\" %s; }\n", name, program->name, program->hint);
	str_addf(out, "%s_running() { %s \"${root[@]}\" %s; }\n", name, program->name,
		 program->running ? program->running : program->hint);
	str_addf(out, "complete -F %s %s\n", name, program->name);
}

/* Text as mdoc(7) takes it: a backslash is \e, no line begins as a request, and each sentence begins a
 * line. */
static void add_mdoc(struct str *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		if ((*p == '.' || *p == '\'') && (p == text || p[-1] == '\n'))
			str_add(out, "\\&");
		if (*p == '\\')
			str_add(out, "\\e");
		else if (*p == '\n' && p[1] == '\n')
			str_add(out, "\n.Pp\n"), p++;
		else if (*p == ' ' && p > text && p[-1] == '.' && p[1] >= 'A' && p[1] <= 'Z')
			str_add(out, "\n");
		else
			str_addn(out, p, 1);
	}
	str_add(out, "\n");
}

static void man_row(struct str *out, const struct opt *o)
{
	str_add(out, ".It");
	if (o->letter)
		str_addf(out, " Fl %c ,", o->letter);
	str_addf(out, " Fl Fl %s", o->name);
	if (o->alias)
		str_addf(out, " , Fl Fl %s", o->alias);
	if (o->arg)
		str_addf(out, " Ar %s", o->arg);
	str_add(out, "\n");
	add_mdoc(out, arena_printf(out->arena, "%s%s", o->help, o->many ? " (repeatable)" : ""));
}

void opt_man(struct str *out, const struct command *program, const struct command *c)
{
	bool in_list = false;

	str_add(out, ".Ss ");
	add_synopsis(out, program, c);
	str_add(out, "\n");
	add_mdoc(out, arena_printf(out->arena, "%s.", c->summary));
	if (c->also)
		add_mdoc(out, arena_printf(out->arena, "Also called: %s.", c->also));
	if (c->details) {
		str_add(out, ".Pp\n");
		add_mdoc(out, c->details);
	}
	for (const struct opt *o = c->options; !is_end(o); o++) {
		if (!o->name && in_list)
			str_add(out, ".El\n");
		if (!o->name)
			str_addf(out, ".Pp\n.Em %s\n", o->help);
		if (!o->name || !in_list)
			str_add(out, ".Bl -tag -width Ds -compact\n");
		in_list = true;
		if (o->name)
			man_row(out, o);
	}
	if (in_list)
		str_add(out, ".El\n");
}
