/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/image/show.h"
#include "image/sweep.h"
#include "run/engine/own_ids.h"
#include "spec/image/digest.h"
#include "state/images.h"

struct rmi_options {
	bool force;
};

static const struct opt rmi_table[] = {
	{ "force", 'f', NULL, opt_flag, offsetof(struct rmi_options, force),
	  "also all names of one that is given by its id; one that isn't there is no error" },
	{ 0 },
};

struct rmi {
	struct call *call;
	struct state *st;
	int images;
	bool force;
	struct strv used;
};

static int used(const struct image *image, const char *user, struct err *e)
{
	return err_set(e, "image-used", EBUSY, "remove image %.12s", digest_hex(image->id)),
	       err_cause(e, "container %s is made of it", user),
	       err_hint(e, "guise rm -f %s, then again", user);
}

/* How many names mean it, but the one that is about to go. */
static int count_names(struct rmi *x, const struct image *image, const char *but, size_t *n, struct err *e)
{
	struct image_name *names;
	size_t count;
	int r = images_names(x->images, x->call->arena, &names, &count, e);

	*n = 0;
	for (size_t i = 0; r == 0 && i < count; i++)
		*n += str_eq(names[i].digest, image->digest) && !str_eq(names[i].text, but);
	return r;
}

static int unname(struct rmi *x, const char *text, struct err *e)
{
	struct reference name;
	int r = reference_parse(x->call->arena, text, &name, e);

	if (r == 0)
		r = images_unname(x->images, x->call->arena, &name, e);
	if (r == 0)
		printf("Untagged: %s\n", text);
	return r;
}

static int unname_all(struct rmi *x, const struct image *image, struct err *e)
{
	struct image_name *names;
	size_t n;
	int r = images_names(x->images, x->call->arena, &names, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++)
		if (str_eq(names[i].digest, image->digest))
			r = unname(x, names[i].text, e);
	return r;
}

static int remove_one(struct rmi *x, const char *text, struct err *e)
{
	const char *name, *user;
	struct image image;
	size_t others;
	int r = images_find(x->st, x->images, x->call->arena, text, &image, e);

	if (r < 0)
		return r;
	name = images_whole_name(x->images, x->call->arena, text, &image);
	if ((r = count_names(x, &image, name, &others, e)) < 0)
		return r;
	user = containers_user(&x->used, image.digest);
	if (user && !others && !(name && x->force))
		return used(&image, user, e);
	if (!name && others > 1 && !x->force)
		return err_set(e, "image-named", EBUSY, "remove image %.12s", digest_hex(image.id)),
		       err_cause(e, "%zu names mean it", others), err_hint(e, "remove these, or add --force");
	r = name ? unname(x, name, e) : user ? used(&image, user, e) : unname_all(x, &image, e);
	if (r < 0 || (name && others) || user)
		return r;
	if ((r = sweep_image(x->images, x->call->arena, &image, e)) < 0)
		return r;
	printf("Deleted: %s\n", image.id);
	/* the same image may be there once more, packed otherwise */
	return name || images_find(x->st, x->images, x->call->arena, image.id, &image, &(struct err){ 0 }) <
				       0 ?
		       0 :
		       remove_one(x, image.id, e);
}

static int rmi_run(struct call *call, struct err *e)
{
	struct rmi_options o = { 0 };
	struct rmi x = { .call = call };
	autoclose int images = -1;
	struct strv names;
	struct state st;
	struct sweep_count gone = { 0 };
	int r = opt_parse(call, &o, &names, e);

	if (r || (r = command_state(call, &st, e)) < 0)
		return r;
	images = images_open(&st, false, LOCK_EX, e);
	if (images < 0 && images != -ENOENT)
		return images;
	x.st = &st;
	x.images = images;
	x.force = o.force;
	if ((r = images_used(&st, call->arena, &x.used, e)) < 0 ||
	    (images >= 0 && (r = own_ids_reach(call->arena, e)) < 0))
		return r;
	for (size_t i = 0; i < names.n; i++) {
		struct err one = { 0 };

		if ((r = remove_one(&x, names.v[i], &one)) < 0 && !(r == -ENOENT && o.force))
			command_report(call, &one);
	}
	return images < 0 ? 0 : sweep_rest(&st, images, call->arena, &gone, e);
}

const struct command rmi_command = {
	.name = "rmi",
	.also = "image rm, image remove",
	.operands = "IMAGE...",
	.summary = IMAGE_RMI,
	.details =
		"An IMAGE given by a name loses that name, and goes with its last one; its layers go with the last image that has "
		"them. One that a container is made of stays: with --force it loses the name.",
	.options = rmi_table,
	.min = 1,
	.max = COMMAND_ANY,
	.run = rmi_run,
};
