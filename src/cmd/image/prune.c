/* SPDX-License-Identifier: GPL-2.0-or-later */

/* image prune and system df: what room images take, and giving it back. */
#include <errno.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/fd.h"
#include "cmd/engine/ask.h"
#include "cmd/engine/commands.h"
#include "cmd/engine/look.h"
#include "cmd/engine/words.h"
#include "cmd/image/show.h"
#include "image/sweep.h"
#include "run/engine/own_ids.h"
#include "state/images.h"

struct prune_options {
	bool all, blobs, force;
};

static const struct opt prune_table[] = {
	{ "all", 'a', NULL, opt_flag, offsetof(struct prune_options, all),
	  "also images that have a name, unless a container is made of them" },
	{ "blobs", 0, NULL, opt_flag, offsetof(struct prune_options, blobs),
	  "also the compressed layers of all images, which save needs, and a further pull fetches" },
	{ "force", 'f', NULL, opt_flag, offsetof(struct prune_options, force),
	  "don't ask (else a y is read from standard input)" },
	{ 0 },
};

struct pruning {
	struct call *call;
	struct state *st;
	int images;
	const struct prune_options *options;
	struct image_name *names;
	size_t n_names;
	struct strv used;
};

static bool is_wanted(struct pruning *x, const struct image *image)
{
	bool named = false;

	for (size_t i = 0; !named && i < x->n_names; i++)
		named = str_eq(x->names[i].digest, image->digest);
	return (x->options->all || !named) && !containers_user(&x->used, image->digest);
}

static int remove_image(struct pruning *x, const struct image *image, struct err *e)
{
	struct arena *a = x->call->arena;
	int r = 0;

	for (size_t i = 0; r == 0 && i < x->n_names; i++) {
		struct reference name;

		if (!str_eq(x->names[i].digest, image->digest))
			continue;
		if ((r = reference_parse(a, x->names[i].text, &name, e)) == 0 &&
		    (r = images_unname(x->images, a, &name, e)) == 0)
			printf("Untagged: %s\n", x->names[i].text);
	}
	if (r == 0 && (r = sweep_image(x->images, a, image, e)) == 0)
		printf("Deleted: %s\n", image->id);
	return r;
}

static int remove_images(struct pruning *x, struct err *e)
{
	struct image *list;
	size_t n;
	int r = images_list(x->st, x->images, x->call->arena, &list, &n, e);

	if (r < 0 || (r = images_used(x->st, x->call->arena, &x->used, e)) < 0)
		return r;
	r = images_names(x->images, x->call->arena, &x->names, &x->n_names, e);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (is_wanted(x, &list[i]))
			r = remove_image(x, &list[i], e);
	return r;
}

static int prune(struct call *call, const struct prune_options *o, struct err *e)
{
	struct pruning x = { .call = call, .options = o };
	struct sweep_count gone = { 0 };
	autoclose int images = -1;
	struct state st;
	int r = command_state(call, &st, e);

	if (r < 0)
		return r;
	images = images_open(&st, false, LOCK_EX, e);
	if (images < 0 && images != -ENOENT)
		return images;
	x.st = &st;
	x.images = images;
	if (images >= 0 && ((r = own_ids_reach(call->arena, e)) < 0 || (r = remove_images(&x, e)) < 0 ||
			    (r = sweep_rest(&st, images, call->arena, &gone, e)) < 0 ||
			    (o->blobs && (r = sweep_blobs(&st, images, call->arena, &gone, e)) < 0)))
		return r;
	printf("Total reclaimed space: %s\n", words_bytes(call->arena, gone.bytes));
	return 0;
}

static int prune_run(struct call *call, struct err *e)
{
	struct prune_options o = { 0 };
	struct strv none;
	bool wanted;
	int r = opt_parse(call, &o, &none, e);

	if (r || (r = ask("image prune",
			  o.all ? "Remove all images that no container is made of?" :
				  "Remove all images without a name?",
			  "--force", o.force, &wanted, e)) < 0)
		return r;
	return wanted ? prune(call, &o, e) : 0;
}

const struct command image_prune_command = {
	.name = "image prune",
	.operands = "",
	.summary = IMAGE_PRUNE,
	.details =
		"Images that no container is made of, and that have no name; and what a pull that was killed has left.",
	.options = prune_table,
	.run = prune_run,
};
