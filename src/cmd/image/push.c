/* SPDX-License-Identifier: GPL-2.0-or-later */

/* push: an image of the store to a registry, or to a directory or archive. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/image/progress.h"
#include "cmd/image/registry_options.h"
#include "cmd/image/save_to.h"
#include "image/stop.h"
#include "spec/image/source.h"
#include "state/images.h"

struct push_options {
	bool quiet, format_said;
	enum press_format format;
	struct registry_options registry;
};

static int set_format(const struct opt_use *u, struct err *e)
{
	static const char *const words[] = {
		[PRESS_GZIP] = "gzip", [PRESS_ZSTD] = "zstd", [PRESS_NONE] = "none"
	};
	struct push_options *o = u->options;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (str_eq(u->value, words[i])) {
			o->format = (enum press_format)i;
			o->format_said = true;
			return 0;
		}
	return err_set(e, "bad-format", EINVAL, "--compression-format %s", u->value),
	       err_cause(e, "it is gzip, zstd or none");
}

static const struct opt push_table[] = {
	{ "compression-format", 0, "FORMAT", set_format, 0,
	  "compress layers that are not: gzip (default), zstd or none", "gzip zstd none" },
	{ "quiet", 'q', NULL, opt_flag, offsetof(struct push_options, quiet), "print only the digest" },
	REGISTRY_ROWS(struct push_options),
	{ 0 },
};

static int no_place(const char *text, const char *cause, struct err *e)
{
	return err_set(e, "no-destination", EINVAL, "push %s", text), err_cause(e, "%s", cause),
	       err_hint(e, "say where to: guise push %s REGISTRY/NAME:TAG", text);
}

/* Where to: what was said, or the name that the image was given by. */
static int find_place(struct call *call, int images, const struct image *image, const struct strv *words,
		      struct image_source *to, struct err *e)
{
	const char *name = images_whole_name(images, call->arena, words->v[0], image);
	int r;

	*to = (struct image_source){ .transport = TRANSPORT_DOCKER };
	if (words->n == 1)
		return name ? reference_parse(call->arena, name, &to->name, e) :
			      no_place(words->v[0], "an id names no registry", e);
	if ((r = image_source_parse(call->arena, words->v[1], to, e)) < 0 ||
	    to->transport != TRANSPORT_DOCKER)
		return r;
	to->name = reference_tagged(reference_in(call->arena, to->name, "docker.io"));
	return to->name.digest && !str_eq(to->name.digest, image->digest) ?
		       no_place(words->v[0], "the image has another digest", e) :
		       0;
}

/* A directory or an archive, as guise save writes it: with the tag or name that was said, if one was, or its own. */
static int push_to_files(struct call *call, int images, const struct image *image,
			 const struct image_source *to, const char *own, struct err *e)
{
	struct save_image one = { .image = *image, .tag = to->tag };
	struct save s = {
		.images = images, .arena = call->arena, .transport = to->transport, .list = &one, .n = 1
	};
	const struct reference said = reference_tagged(reference_in(call->arena, to->name, "localhost"));
	const char *name = to->name.path ? reference_text(call->arena, &said) : own;

	if (to->name.digest)
		return no_place(own ?: image->id, "docker's archives have names with a tag alone", e);
	if (name && !to->tag)
		strv_push(call->arena, &one.names, name);
	return save_to(&s, to->path, e);
}

static int refuse_for_files(const struct push_options *o, const char *place, struct err *e)
{
	return o->format_said ? registry_refuse_option("compression-format", place, e) :
				registry_refuse(&o->registry, place, e);
}

/* Another repository of the same registry that has had it: what is there need not be sent. */
static const char *find_other(struct arena *a, int images, const struct image *image,
			      const struct reference *to)
{
	struct image_name *names;
	struct reference one;
	struct err ignored;
	size_t n;

	if (images_names(images, a, &names, &n, &ignored) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (str_eq(names[i].digest, image->digest) &&
		    reference_parse(a, names[i].text, &one, &ignored) == 0 &&
		    str_eq(one.domain, to->domain) && !str_eq(one.path, to->path))
			return one.path;
	return NULL;
}

static int push_to_registry(struct call *call, const struct push_options *o, int images,
			    const struct image *image, const struct image_source *to, const char **digest,
			    struct err *e)
{
	struct push p = { .images = images, .arena = call->arena, .format = o->format };
	struct session *s = &p.session;
	struct progress progress = { 0 };
	int r;

	s->arena = call->arena;
	s->name = to->name;
	if ((r = registry_session_of(call->arena, &o->registry, s->name.domain, &s->options, e)) < 0)
		return r;
	s->from = find_other(call->arena, images, image, &s->name);
	if (!o->quiet)
		progress_begin_push(&progress, &p);
	r = push_image(&p, image->digest, digest, e);
	progress_end(&progress);
	return r;
}

static int push_one(struct call *call, const struct push_options *o, struct state *st, int images,
		    const struct strv *words, struct err *e)
{
	struct image_source to;
	const char *digest;
	struct image image;
	int r = images_find(st, images, call->arena, words->v[0], &image, e);

	if (r < 0 || (r = find_place(call, images, &image, words, &to, e)) < 0)
		return r;
	digest = image.digest;
	if (to.transport == TRANSPORT_DOCKER)
		r = push_to_registry(call, o, images, &image, &to, &digest, e);
	else if ((r = refuse_for_files(o, words->v[1], e)) == 0)
		r = push_to_files(call, images, &image, &to,
				  images_whole_name(images, call->arena, words->v[0], &image), e);
	if (r < 0)
		return r;
	if (o->quiet)
		printf("%s\n", digest);
	else
		printf("Digest: %s\nPushed image: %s\n", digest,
		       to.transport == TRANSPORT_DOCKER ? reference_text(call->arena, &to.name) :
							  words->v[1]);
	return 0;
}

static int push_run(struct call *call, struct err *e)
{
	struct push_options o = { .registry = REGISTRY_DEFAULTS };
	autoclose int images = -1;
	struct strv words;
	struct state st;
	int r = opt_parse(call, &o, &words, e);

	if (r || (r = command_open(call, &st, e)) < 0)
		return r;
	stop_catch();
	images = images_open(&st, false, LOCK_SH, e);
	if (images < 0 && images != -ENOENT)
		return images;
	return push_one(call, &o, &st, images, &words, e);
}

const struct command push_command = {
	.name = "push",
	.also = "image push",
	.operands = "IMAGE [NAME]",
	.summary = IMAGE_PUSH,
	.details =
		"NAME is where to, REGISTRY/PATH:TAG, and IMAGE's own name unless given; or oci:DIR[:TAG], "
		"oci-archive:FILE[:TAG], docker-archive:FILE[:NAME], dir:DIR, as save writes them. What the registry has "
		"is not sent again, and the image keeps its digest, unless a layer has to be compressed: those that commit and import "
		"make, and that docker save wrote, are not.",
	.options = push_table,
	.min = 1,
	.max = 2,
	.run = push_run,
};
