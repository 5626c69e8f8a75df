/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/copy.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

int copy_operand(struct arena *a, const char *text, struct copy_operand *o, struct err *e)
{
	const char *colon = strchr(text, ':'), *slash = strchr(text, '/');

	*o = (struct copy_operand){ .kind = COPY_HOST, .path = text };
	if (str_eq(text, "-")) {
		o->kind = COPY_STREAM;
	} else if (!*text) {
		return err_set(e, "bad-copy", EINVAL, "'%s'", text), err_cause(e, "no path is empty"),
		       err_hint(e, "write a path, NAME:PATH or -");
	} else if (colon && colon > text && *text != '.' && (!slash || colon < slash)) {
		o->kind = COPY_CONTAINER;
		o->container = arena_strndup(a, text, (size_t)(colon - text));
		o->path = colon[1] == '/' ? colon + 1 : arena_printf(a, "/%s", colon + 1);
		if (!colon[1])
			return err_set(e, "bad-copy", EINVAL, "'%s'", text), err_cause(e, "no path is empty"),
			       err_hint(e, "write %s/ for the root of the container", text);
	}
	return 0;
}

static const char *last_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool copy_is_content(const char *path)
{
	const char *last = last_of(path);

	return str_eq(last, ".") || str_eq(last, "..") || strspn(path, "/") == strlen(path);
}

bool copy_is_directory(const char *path)
{
	return !*last_of(path) || copy_is_content(path);
}

static int cannot(const char *destination, int no, struct err *e, const char *cause, const char *hint)
{
	return err_set(e, "copy-destination", no, "copy to %s", destination), err_cause(e, "%s", cause),
	       err_hint(e, "%s", hint);
}

int copy_decide(bool directory, bool content, const char *destination, enum copy_there there,
		enum copy_place *place, struct err *e)
{
	if (there == COPY_DIRECTORY) {
		*place = directory && content ? COPY_MERGE : COPY_INTO;
		return 0;
	}
	*place = COPY_AS;
	if (there == COPY_FILE && directory)
		return cannot(destination, ENOTDIR, e, "a directory can't be copied over a file",
			      "name a directory, or a path where nothing is");
	if (there == COPY_FILE && copy_is_directory(destination))
		return cannot(destination, ENOTDIR, e, "it is a file", "leave out the slash at the end");
	if (there == COPY_NOTHING && !directory && copy_is_directory(destination))
		return cannot(destination, ENOENT, e, "there is no such directory",
			      "make it first, or leave out the slash at the end for a file of that name");
	return 0;
}
