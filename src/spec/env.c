/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/env.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

static bool is_of(const char *pair, const char *name, size_t len)
{
	return strncmp(pair, name, len) == 0 && pair[len] == '=';
}

static size_t env_index(const struct strv *env, const char *name, size_t len)
{
	size_t i = 0;

	while (i < env->n && !is_of(env->v[i], name, len))
		i++;
	return i;
}

static void env_set(struct arena *a, struct strv *env, const char *pair)
{
	size_t i = env_index(env, pair, strcspn(pair, "="));

	if (i < env->n)
		env->v[i] = pair;
	else
		strv_push(a, env, pair);
}

static void env_remove(struct strv *env, const char *name)
{
	size_t i = env_index(env, name, strlen(name));

	if (i == env->n)
		return;
	memmove(env->v + i, env->v + i + 1, (env->n - i) * sizeof(*env->v));
	env->n--;
}

const char *env_get(const struct strv *env, const char *name, size_t len)
{
	size_t i = env_index(env, name, len);

	return i < env->n ? env->v[i] + len + 1 : NULL;
}

int env_add(struct arena *a, struct strv *env, const char *text, char *const *own, struct err *e)
{
	size_t len = strcspn(text, "=");

	if (len == 0) {
		err_set(e, "bad-env", EINVAL, "variable '%s'", text);
		err_cause(e, "it has no name");
		return err_hint(e, "write NAME=VALUE, or NAME to pass on guise's own");
	}
	if (text[len]) {
		env_set(a, env, text);
		return 0;
	}
	for (; own && *own; own++) {
		if (is_of(*own, text, len)) {
			env_set(a, env, *own);
			return 0;
		}
	}
	env_remove(env, text);
	return 0;
}

void env_default(struct arena *a, struct strv *env, const char *name, const char *value)
{
	if (!env_get(env, name, strlen(name)))
		strv_push(a, env, arena_printf(a, "%s=%s", name, value));
}

const char env_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void env_usual(struct arena *a, struct strv *env, bool tty, const char *hostname)
{
	env_default(a, env, "PATH", env_path);
	env_default(a, env, "container", "guise");
	if (tty)
		env_default(a, env, "TERM", "xterm");
	if (hostname)
		env_default(a, env, "HOSTNAME", hostname);
}

/* One line of an --env-file: NULL, or what is wrong with it. */
static const char *env_line(struct arena *a, struct strv *env, const char *line, size_t len, char *const *own,
			    struct err *e)
{
	size_t blanks = strspn(line, " \t");

	if (memchr(line, '\0', len))
		return "it has a NUL byte in it";
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (blanks >= len || line[blanks] == '#')
		return NULL;
	const char *text = arena_strndup(a, line + blanks, len - blanks);
	size_t name = strcspn(text, "=");
	if (name == 0)
		return "the variable has no name";
	if (strcspn(text, " \t") < name)
		return "the variable's name has a blank in it";
	env_add(a, env, text, own, e);
	return NULL;
}

int env_file(struct arena *a, struct strv *env, const char *path, const char *text, size_t len,
	     char *const *own, struct err *e)
{
	const char *line = str_after(text, "\xef\xbb\xbf"); /* a byte order mark, from Windows editors */
	size_t number = 1;

	if (!line)
		line = text;
	for (const char *end = text + len; line < end; number++) {
		const char *newline = memchr(line, '\n', end - line);
		size_t n = (newline ? newline : end) - line;
		const char *wrong = env_line(a, env, line, n, own, e);

		if (wrong) {
			err_set(e, "bad-env-file", EINVAL, "%s, line %zu", path, number);
			err_cause(e, "%s", wrong);
			return err_hint(e, "write NAME=VALUE, or NAME to pass on guise's own");
		}
		line += n + 1;
	}
	return 0;
}
