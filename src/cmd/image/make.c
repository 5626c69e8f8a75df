/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/make.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/json.h"
#include "image/blob.h"
#include "image/stop.h"
#include "run/engine/own_ids.h"
#include "spec/image/change.h"

int make_file(struct call *call, int images, const char **name, struct err *e)
{
	int fd;

	*name = arena_printf(call->arena, "new/made-%d", getpid());
	unlinkat(images, *name, 0);
	fd = openat(images, *name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	return fd < 0 ? err_set(e, "state", errno, "make a file for the layer") : fd;
}

static int change(struct call *call, json_object *root, const struct strv *changes, struct err *e)
{
	json_object *config = json_within(root, "config");
	int r = 0;

	for (size_t i = 0; r == 0 && i < changes->n; i++)
		if ((r = image_change(call->arena, config, changes->v[i], e)) < 0)
			err_prefix(e, "--change");
	return r;
}

/* Layers are mounted to unpack onto them, which is nobody else's business. A descriptor of before is of another namespace's
 * mount, in which nothing can be mounted from here. */
static int derive(struct call *call, struct state *st, struct derive *d, const char *file,
		  const char **digest, struct err *e)
{
	autoclose int images = -1;
	const char *why;
	int r = blob_adopt(d->add.images, call->arena, file, &d->layer, &d->size, e);

	if (r < 0)
		return r;
	stop_catch();
	if ((r = own_ids_mounts(call->arena, &why, e)) < 0)
		return r;
	if ((images = images_open(st, true, LOCK_SH, e)) < 0)
		return images;
	d->add.images = images;
	d->add.arena = call->arena;
	return derive_image(d, digest, e);
}

int make_image(struct call *call, struct state *st, struct derive *d, const struct make_options *o,
	       const char *file, const struct reference *name, struct err *e)
{
	const int images = d->add.images;
	const char *digest;
	struct image image;
	char time[40];
	int r = change(call, d->config, &o->changes, e);

	d->created = record_time(record_now(), time);
	d->comment = o->message ?: d->comment;
	d->add.erofs = take_is_erofs(o->storage);
	if (r == 0)
		r = derive(call, st, d, file, &digest, e);
	unlinkat(images, file, 0);
	json_object_put(d->config);
	if (r < 0 || (r = images_load(st, images, call->arena, digest, &image, e)) < 0)
		return r;
	if (name && (r = images_name(images, call->arena, name, digest, e)) < 0)
		return r;
	printf("%s\n", image.id);
	return 0;
}
