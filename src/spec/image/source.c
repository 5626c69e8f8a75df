/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/image/source.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

static const struct {
	const char *prefix;
	enum image_transport transport;
	bool tagged; /* what may follow the path is a tag */
	bool named;  /* or a name */
} transports[] = {
	{ "oci:", TRANSPORT_OCI, true, false },
	{ "oci-archive:", TRANSPORT_OCI_ARCHIVE, true, false },
	{ "docker-archive:", TRANSPORT_DOCKER_ARCHIVE, false, true },
	{ "dir:", TRANSPORT_DIR, false, false },
};

/* Those that skopeo has, and guise has not. */
static const char *const others[] = { "containers-storage:", "docker-daemon:", "ostree:", "sif:",
				      "tarball:" };

static int parse_path(struct arena *a, const char *text, const char *rest, size_t which,
		      struct image_source *s, struct err *e)
{
	const char *colon = strchr(rest, ':');

	s->transport = transports[which].transport;
	s->path = colon ? arena_strndup(a, rest, (size_t)(colon - rest)) : rest;
	if (!*s->path)
		return err_set(e, "bad-source", EINVAL, "image '%s'", text),
		       err_cause(e, "the path is missing");
	if (!colon)
		return 0;
	if (transports[which].named)
		return reference_parse(a, colon + 1, &s->name, e);
	s->tag = colon + 1;
	if (transports[which].tagged && *s->tag)
		return 0;
	err_set(e, "bad-source", EINVAL, "image '%s'", text);
	return err_cause(e, transports[which].tagged ? "the tag behind the colon is missing" :
						       "a path with a colon can't be written here");
}

int image_source_parse(struct arena *a, const char *text, struct image_source *s, struct err *e)
{
	const char *rest = str_after(text, "docker://");

	*s = (struct image_source){ .transport = TRANSPORT_DOCKER };
	for (size_t i = 0; i < ARRAY_LEN(transports); i++)
		if (!rest && str_after(text, transports[i].prefix))
			return parse_path(a, text, str_after(text, transports[i].prefix), i, s, e);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!rest && str_after(text, others[i]))
			return err_set(e, "no-transport", ENOSYS, "image '%s'", text),
			       err_cause(e,
					 "guise has docker://, oci:, oci-archive:, docker-archive: and dir:"),
			       err_hint(e, "skopeo copy %s oci:DIR makes a directory of it", text);
	return reference_parse(a, rest ? rest : text, &s->name, e);
}
