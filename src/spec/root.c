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

/* Image transports get a parser here when there is one; until then they are known by name, so that a
 * person is told "not yet" rather than "no such thing". */
static const struct {
	const char *prefix;
	int (*parse)(const char *rest, struct spec_root *root, struct err *e);
} transports[] = {
	{ "host:", parse_host },     { "dir:", parse_dir },      { "docker://", NULL },
	{ "docker:", NULL },         { "oci:", NULL },           { "oci-archive:", NULL },
	{ "docker-archive:", NULL }, { "docker-daemon:", NULL }, { "containers-storage:", NULL },
};

int root_parse(const char *text, struct spec_root *root, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(transports); i++) {
		const char *rest = str_after(text, transports[i].prefix);

		if (rest && transports[i].parse)
			return transports[i].parse(rest, root, e);
		if (rest) {
			err_set(e, "no-transport", ENOSYS, "root file system '%s'", text);
			err_cause(e, "image transports are not built yet");
			return err_hint(e, "unpack it and write dir:PATH, or write host:");
		}
	}
	err_set(e, "bad-rootfs", EINVAL, "root file system '%s'", text);
	if (text[0] == '/' || text[0] == '.') {
		err_cause(e, "it has no transport in front");
		return err_hint(e, "for a directory write dir:%s", text);
	}
	const char *colon = strchr(text, ':');
	if (colon)
		err_cause(e, "unknown transport '%.*s'", (int)(colon + 1 - text), text);
	else
		err_cause(e, "it has no transport in front, and images are not built yet");
	return err_hint(e, "write host: or dir:PATH");
}
