/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/image/save_to.h"
#include "cmd/image/show.h"
#include "image/stop.h"
#include "state/images.h"

struct save_options {
	const char *output, *format;
};

static const struct opt save_table[] = {
	{ "output", 'o', "FILE", opt_string, offsetof(struct save_options, output),
	  "write to FILE, or make the directory, instead of writing to standard output", "@file" },
	/* not opt_format: how errors are printed is another matter */
	{ "format", 0, "FORMAT", opt_choice, offsetof(struct save_options, format),
	  "docker-archive, oci-archive, or a directory: oci-dir, docker-dir (docker-archive)",
	  "docker-archive oci-archive oci-dir docker-dir" },
	{ 0 },
};

static enum image_transport transport_of(const char *format)
{
	return str_eq(format, "oci-archive") ? TRANSPORT_OCI_ARCHIVE :
	       str_eq(format, "oci-dir")     ? TRANSPORT_OCI :
	       str_eq(format, "docker-dir")  ? TRANSPORT_DIR :
					       TRANSPORT_DOCKER_ARCHIVE;
}

/* ---- what is saved ---- */

/* An image of several names is there once. By its id it is saved without a name, as with docker. */
static int add(struct save *s, struct state *st, const char *word, struct err *e)
{
	struct save_image one = { 0 };
	const char *name;
	size_t i = 0;
	int r = images_find(st, s->images, s->arena, word, &one.image, e);

	if (r < 0)
		return r;
	name = images_whole_name(s->images, s->arena, word, &one.image);
	while (i < s->n && !str_eq(s->list[i].image.digest, one.image.digest))
		i++;
	if (i == s->n)
		arena_push(s->arena, s->list, s->n, one);
	if (name)
		strv_push(s->arena, &s->list[i].names, name);
	return 0;
}

static int save_run(struct call *call, struct err *e)
{
	struct save_options o = { 0 };
	struct save s = { .arena = call->arena };
	autoclose int images = -1;
	struct strv words;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r || (r = show_open(call, &st, &images, LOCK_SH, e)) < 0)
		return r;
	stop_catch();
	s.images = images;
	s.transport = transport_of(o.format);
	for (size_t i = 0; r == 0 && i < words.n; i++)
		r = add(&s, &st, words.v[i], e);
	return r < 0 ? r : save_to(&s, o.output, e);
}

const struct command save_command = {
	.name = "save",
	.also = "image save",
	.operands = "IMAGE...",
	.summary = IMAGE_SAVE,
	.details =
		"Takes the blobs as they came, so that what loads it has the same digests. An archive of the default format is "
		"one of docker's and an OCI image layout at once: docker load, podman load, skopeo and guise load read it.",
	.options = save_table,
	.min = 1,
	.max = COMMAND_ANY,
	.run = save_run,
};
