/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/root.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

static int parse_host(const char *rest, struct spec_root *root, struct err *e)
{
	root->kind = ROOT_HOST;
	root->path = "/";
	root->overlay = true;
	if (!*rest)
		return 0;
	err_set(e, "bad-rootfs", EINVAL, "root file system 'host:%s'", rest);
	err_cause(e, "host: is the machine's own root and takes no path");
	return err_hint(e, "write host: alone, or dir:%s", rest);
}

static int parse_dir(const char *rest, struct spec_root *root, struct err *e)
{
	root->kind = ROOT_DIR;
	root->path = rest;
	if (*rest)
		return 0;
	err_set(e, "bad-rootfs", EINVAL, "root file system 'dir:'");
	err_cause(e, "the path is missing");
	return err_hint(e, "write dir:PATH");
}

static int parse_image(const char *rest, struct spec_root *root, struct err *e)
{
	root->kind = ROOT_IMAGE;
	root->image = rest;
	root->overlay = true;
	return 0;
}

static const struct {
	const char *prefix;
	int (*parse)(const char *rest, struct spec_root *root, struct err *e); /* NULL: it is for pull */
} transports[] = {
	{ "host:", parse_host },    { "dir:", parse_dir },           { "docker://", parse_image },
	{ "oci:", NULL },           { "oci-archive:", NULL },        { "docker-archive:", NULL },
	{ "docker-daemon:", NULL }, { "containers-storage:", NULL },
};

static int not_here(const char *text, struct err *e)
{
	err_set(e, "no-transport", ENOSYS, "root file system '%s'", text);
	err_cause(e, "what runs is an image of this machine's store");
	return err_hint(e, "guise pull %s puts it there, and tells its name", text);
}

int root_parse(const char *text, struct spec_root *root, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(transports); i++) {
		const char *rest = str_after(text, transports[i].prefix);

		if (rest)
			return transports[i].parse ? transports[i].parse(rest, root, e) : not_here(text, e);
	}
	if (*text && *text != '/' && *text != '.')
		return parse_image(text, root, e);
	err_set(e, "bad-rootfs", EINVAL, "root file system '%s'", text);
	if (!*text)
		return err_cause(e, "it is missing"),
		       err_hint(e, "write host:, dir:PATH, or the name of an image");
	err_cause(e, "it has no transport in front");
	return err_hint(e, "for a directory write dir:%s", text);
}
