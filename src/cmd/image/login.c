/* SPDX-License-Identifier: GPL-2.0-or-later */

/* login, logout: credentials for registries. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/io.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/image/registry_options.h"
#include "image/registry/credentials.h"
#include "image/stop.h"

enum { WORD_MAX = 64 * 1024, TERMINAL_LINE = 4096 /* N_TTY's buffer: termios(3), "Canonical mode" */ };

struct login_options {
	const char *username, *password;
	bool password_stdin;
	struct registry_options registry;
};

static const struct opt login_table[] = {
	{ "username", 'u', "USER", opt_string, offsetof(struct login_options, username), "who one is there" },
	{ "password", 'p', "PASSWORD", opt_string, offsetof(struct login_options, password),
	  "the password, or token; others can see it in the list of processes" },
	{ "password-stdin", 0, NULL, opt_flag, offsetof(struct login_options, password_stdin),
	  "read it from standard input" },
	AUTHFILE_ROW(struct login_options),
	TLS_ROWS(struct login_options),
	{ 0 },
};

/* ---- asking ---- */

static int no_answer(const char *what, struct err *e)
{
	if (stop_check(e) < 0)
		return -e->no;
	return err_set(e, "no-credentials", EINVAL, "log in"), err_cause(e, "there is no %s", what),
	       err_hint(e, "--username and --password-stdin give them where nobody can be asked");
}

/* The first line of all there is. */
static char *read_stdin(struct arena *a)
{
	char *text;
	size_t len;

	if (io_read_given_fd(a, STDIN_FILENO, WORD_MAX, &text, &len) < 0)
		return NULL;
	text[strcspn(text, "\r\n")] = '\0';
	return text;
}

/* A line of the terminal. A signal ends it, and of a longer one the kernel drops the rest. */
static int read_line(struct arena *a, const char *what, const char **answer, struct err *e)
{
	char line[TERMINAL_LINE];
	ssize_t n;

	if (stop_await(STDIN_FILENO, e) < 0)
		return -e->no;
	if ((n = read(STDIN_FILENO, line, sizeof(line))) <= 0)
		return no_answer(what, e);
	if ((size_t)n == sizeof(line))
		return err_set(e, "no-credentials", E2BIG, "read the %s", what),
		       err_cause(e, "a line of a terminal has less than %d bytes", TERMINAL_LINE),
		       err_hint(e, "--password-stdin, from a file");
	line[n] = '\0';
	*answer = arena_strndup(a, line, strcspn(line, "\r\n"));
	return 0;
}

/* On the terminal, which does not show what is typed if it is secret. */
static int ask(struct arena *a, const char *what, bool secret, const char **answer, struct err *e)
{
	struct termios usual, silent;
	int r;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &usual) < 0)
		return no_answer(what, e);
	silent = usual;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	if (secret)
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fprintf(stderr, "%s: ", secret ? "Password" : "Username");
	r = read_line(a, what, answer, e);
	if (secret) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual);
		fputc('\n', stderr);
	}
	return r;
}

static int complete(struct arena *a, struct login_options *o, struct err *e)
{
	int r = 0;

	if (!o->username && (r = ask(a, "username", false, &o->username, e)) < 0)
		return r;
	if (!*o->username || strchr(o->username, ':'))
		return err_set(e, "no-credentials", EINVAL, "log in as '%s'", o->username),
		       err_cause(e, "that is no user's name");
	if (o->password_stdin)
		o->password = read_stdin(a);
	else if (!o->password)
		r = ask(a, "password", true, &o->password, e);
	return r < 0 || (o->password && *o->password) ? r : no_answer("password", e);
}

/* ---- login ---- */

/* "quay.io", "quay.io/team": a registry, or the beginning of a name there. */
static int parse_place(struct arena *a, const struct strv *words, const char **key, struct reference *name,
		       struct err *e)
{
	const char *text = words->n ? words->v[0] : "docker.io";
	int r;

	text = str_after(text, "https://") ?: str_after(text, "http://") ?: text;
	*key = text;
	r = reference_parse(a, strchr(text, '/') ? text : arena_printf(a, "%s/x", text), name, e);
	if (r == 0 && (!name->domain || name->tag || name->digest))
		return err_set(e, "bad-reference", EINVAL, "registry '%s'", text),
		       err_cause(e, "it is no HOST[:PORT][/PATH]");
	return r;
}

/* What both begin with. What ends them is caught before anything is asked: the terminal is to be as it was. */
static int begin(struct call *call, struct login_options *o, const char **key, struct reference *name,
		 struct err *e)
{
	struct strv words;
	int r = opt_parse(call, o, &words, e);

	stop_catch();
	return r ? r : parse_place(call->arena, &words, key, name, e);
}

/* The registry itself is asked. */
static int verify(struct arena *a, const struct login_options *o, const struct reference *name, struct err *e)
{
	struct session s = { .arena = a, .name = { .domain = name->domain }, .tries = SESSION_TRIES };
	int r = registry_session_of(a, &o->registry, name->domain, &s.options, e);

	if (r < 0)
		return r;
	s.options.creds = arena_printf(a, "%s:%s", o->username, o->password);
	if (!(s.http = http_new()))
		return err_set(e, "registry-unreachable", ENOSYS, "log in at %s", name->domain);
	r = session_open(&s, e);
	session_close(&s);
	http_free(s.http);
	return r;
}

static int login_run(struct call *call, struct err *e)
{
	struct login_options o = { .registry = REGISTRY_DEFAULTS };
	struct reference name;
	const char *key, *where;
	int r = begin(call, &o, &key, &name, e);

	if (r || (r = complete(call->arena, &o, e)) < 0 || (r = verify(call->arena, &o, &name, e)) < 0 ||
	    (r = credentials_keep(call->arena, o.registry.authfile, key, o.username, o.password, &where, e)) <
		    0)
		return r;
	printf("Logged in at %s; kept in %s\n", key, where);
	return 0;
}

const struct command login_command = {
	.name = "login",
	.operands = "[REGISTRY]",
	.summary = IMAGE_LOGIN,
	.details =
		"REGISTRY, docker.io unless given, is asked whether it knows the user; then it is kept, in the file that podman "
		"reads, too, which only its owner can, or by the helper that this file names for it, which knows whole registries only.",
	.options = login_table,
	.max = 1,
	.run = login_run,
};

/* ---- logout ---- */

static const struct opt logout_table[] = {
	AUTHFILE_ROW(struct login_options),
	{ 0 },
};

static int logout_run(struct call *call, struct err *e)
{
	struct login_options o = { .registry = REGISTRY_DEFAULTS };
	struct reference name;
	const char *key, *where;
	int r = begin(call, &o, &key, &name, e);

	if (r || (r = credentials_keep(call->arena, o.registry.authfile, key, NULL, NULL, &where, e)) < 0)
		return r;
	printf("Forgotten of %s in %s\n", key, where);
	return 0;
}

const struct command logout_command = {
	.name = "logout",
	.operands = "[REGISTRY]",
	.summary = IMAGE_LOGOUT,
	.options = logout_table,
	.max = 1,
	.run = logout_run,
};
