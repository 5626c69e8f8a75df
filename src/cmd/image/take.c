/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/take.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "image/local.h"
#include "image/stop.h"
#include "run/engine/own_ids.h"
#include "spec/image/digest.h"
#include "spec/value.h"
#include "state/images.h"

/* ---- options ---- */

int take_set_platform(const struct opt_use *u, struct err *e)
{
	struct take_options *o = u->options;

	return platform_parse(u->call->arena, u->value, &o->platform, e);
}

int take_set_number(const struct opt_use *u, struct err *e)
{
	int64_t value;
	int r = value_size(u->value, &value, e);

	if (r == 0)
		*(uint64_t *)u->field = (uint64_t)value;
	return r;
}

bool take_is_erofs(const char *storage)
{
	return str_eq(storage, "erofs");
}

const struct layer_limits take_limits = { UINT64_C(64) << 30, 4000000, 1000 };

/* ---- what is told ---- */

void take_tell_layer(void *arg, const struct descriptor *layer, bool there)
{
	fprintf(stderr, "%.12s: %s\n", digest_hex(layer->digest), there ? "is here" : "unpacking");
}

/* On stdout the id for programs, or a line for each name, which was checked, as docker load has it. */
static void tell_image(const struct take_options *o, const struct image *image, const struct strv *names)
{
	if (o->quiet)
		printf("%s\n", digest_hex(image->id));
	else if (!names->n)
		printf("Loaded image ID: %s\n", image->id);
	for (size_t i = 0; !o->quiet && i < names->n; i++)
		printf("Loaded image: %s\n", names->v[i]);
}

/* ---- names ---- */

/* The last name of a path, as far as it can be part of an image's name: "./my image.tar" → "my-image". */
static const char *name_of_path(struct arena *a, const char *path)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const char *slash = strrchr(path, '/');
	char *name = arena_strdup(a, slash && slash[1] ? slash + 1 : path), *out = name;

	for (char *p = name; *p; p++) {
		if (strchr(good, *p))
			*out++ = *p;
		else if (out > name && out[-1] != '-' && *p != '.')
			*out++ = '-';
		else if (*p == '.' && out > name)
			break;
	}
	while (out > name && out[-1] == '-')
		out--;
	*out = '\0';
	return *name ? name : "image";
}

/* What a source calls it: a whole name; a short one, which docker's archives have for its hub; or only a tag, which has to
 * be somebody's. False: nothing that could be one. */
static bool name_of(struct arena *a, const struct image_source *source, const char *text,
		    struct reference *name)
{
	struct err ignored;

	if (source->transport != TRANSPORT_DOCKER_ARCHIVE && reference_is_tag(text) && !strpbrk(text, "/:"))
		text = arena_printf(a, "localhost/%s:%s", name_of_path(a, source->path), text);
	if (reference_parse(a, text, name, &ignored) < 0)
		return false;
	*name = reference_tagged(reference_in(a, *name, "docker.io"));
	return true;
}

/* ---- one image ---- */

static int name_image(struct call *call, struct image_add *add, const struct image_source *source,
		      const struct local_image *from, const char *digest, struct strv *said, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->names.n; i++) {
		struct reference name;

		if (!name_of(call->arena, source, from->names.v[i], &name))
			continue;
		r = images_name(add->images, call->arena, &name, digest, e);
		strv_push(call->arena, said, reference_text(call->arena, &name));
	}
	return r;
}

static int take_one(struct call *call, struct state *st, const struct take_options *o, struct image_add *add,
		    const struct image_source *source, const struct local_image *from, struct err *e)
{
	struct strv names = { 0 };
	const char *digest;
	struct image image;
	int r = image_add(add, from->text, from->len, from->media_type, &digest, e);

	if (r < 0 || (r = name_image(call, add, source, from, digest, &names, e)) < 0 ||
	    (r = images_load(st, add->images, call->arena, digest, &image, e)) < 0)
		return r;
	tell_image(o, &image, &names);
	return 0;
}

static int take_all(struct call *call, struct state *st, const struct take_options *o, struct image_add *add,
		    const struct image_source *source, struct err *e)
{
	struct local *local = NULL;
	struct local_image image;
	int r = local_open(add->images, call->arena, source, &o->limits, &local, e);

	if (r == 0)
		add->origin = local_origin(local);
	for (size_t i = 0; r == 0 && local_image(local, i, &image); i++)
		r = take_one(call, st, o, add, source, &image, e);
	local_close(local);
	return r;
}

int take_begin(struct call *call, const struct take_options *o, struct state *st, struct image_add *add,
	       struct err *e)
{
	const char *why;
	int r = command_open(call, st, e);

	*add = (struct image_add){ .images = -1,
				   .arena = call->arena,
				   .platform = o->platform,
				   .limits = o->limits,
				   .erofs = take_is_erofs(o->storage) };
	if (r < 0)
		return r;
	stop_catch();
	/* layers are mounted to unpack onto them, which is nobody else's business */
	if ((r = own_ids_mounts(call->arena, &why, e)) < 0)
		return r;
	if (why)
		fprintf(stderr, "guise: all files of the image will be root's: only one id is there: %s\n", why);
	if ((add->images = images_open(st, true, LOCK_SH, e)) < 0)
		return add->images;
	if (!add->platform.os)
		platform_here(call->arena, &add->platform);
	if (!o->quiet)
		add->tell = take_tell_layer;
	return 0;
}

void take_end(struct image_add *add)
{
	if (add->devices)
		fprintf(stderr, "guise: %llu device node%s left out of the image: only root makes them\n",
			(unsigned long long)add->devices, add->devices == 1 ? " was" : "s were");
	fd_close(&add->images);
}

int take(struct call *call, const struct take_options *o, const struct image_source *source, struct err *e)
{
	struct image_add add;
	struct state st;
	int r = take_begin(call, o, &st, &add, e);

	if (r == 0)
		r = take_all(call, &st, o, &add, source, e);
	take_end(&add);
	return r;
}
