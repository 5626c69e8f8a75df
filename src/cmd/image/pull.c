/* SPDX-License-Identifier: GPL-2.0-or-later */

/* pull: an image from wherever it is into the store. */
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/engine/look.h"
#include "cmd/image/progress.h"
#include "cmd/image/registry_options.h"
#include "cmd/image/take.h"
#include "image/registry/credential_call.h"
#include "image/registry/pull.h"
#include "spec/image/digest.h"
#include "state/images.h"

struct pull_options {
	struct take_options take;
	struct registry_options registry;
};

static const struct opt pull_table[] = {
	TAKE_ROWS,
	REGISTRY_ROWS(struct pull_options),
	{ 0 },
};

static int keep_name(struct call *call, struct state *st, int images, const struct reference *name,
		     const char *digest, bool quiet, struct err *e)
{
	struct image image;
	int r = images_name(images, call->arena, name, digest, e);

	if (r < 0 || (r = images_load(st, images, call->arena, digest, &image, e)) < 0)
		return r;
	if (quiet)
		printf("%s\n", digest_hex(image.id));
	else
		printf("Digest: %s\nPulled image: %s\n", digest, reference_text(call->arena, name));
	return 0;
}

static int pull_registry(struct call *call, const struct pull_options *o, const struct reference *name,
			 struct err *e)
{
	struct registries registries;
	struct image_add add;
	struct pull p = { .add = &add, .registries = &registries, .options = registry_session(&o->registry) };
	struct progress progress;
	struct reference found;
	const char *digest;
	struct state st;
	int r = take_begin(call, &o->take, &st, &add, e);

	if (r < 0)
		return r;
	if ((r = images_registries(call->arena, &registries, e)) == 0) {
		progress_begin(&progress, &p);
		r = pull_image(&p, name, &found, &digest, e);
		progress_end(&progress);
	}
	if (r == 0)
		r = keep_name(call, &st, add.images, &found, digest, o->take.quiet, e);
	take_end(&add);
	return r;
}

static int pull_one(struct call *call, const struct pull_options *o, const char *text, struct err *e)
{
	struct image_source source;
	int r = image_source_parse(call->arena, text, &source, e);

	if (r < 0)
		return r;
	if (source.transport == TRANSPORT_DOCKER)
		return pull_registry(call, o, &source.name, e);
	r = registry_refuse(&o->registry, text, e);
	return r < 0 ? r : take(call, &o->take, &source, e);
}

static int pull_run(struct call *call, struct err *e)
{
	struct pull_options o = { .take = TAKE_DEFAULTS, .registry = REGISTRY_DEFAULTS };
	struct strv names;
	int r = opt_parse(call, &o, &names, e);

	/* a user's: as whom its keyring knows it, not as root of the user namespace that the first take_begin()
	 * enters */
	if (r == 0 && geteuid() != 0)
		r = credential_stay_outside(e);
	for (size_t i = 0; r == 0 && i < names.n; i++)
		r = pull_one(call, &o, names.v[i], e);
	return r;
}

const struct command pull_command = {
	.name = "pull",
	.also = "image pull",
	.operands = "IMAGE...",
	.summary = IMAGE_PULL,
	.details =
		"IMAGE is a NAME[:TAG][@DIGEST] of a registry, or oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME] or "
		"dir:DIR, as skopeo writes them. What a name without a registry means, and which mirrors are asked, says "
		"/etc/guise/registries.json.",
	.options = pull_table,
	.min = 1,
	.max = COMMAND_ANY,
	.run = pull_run,
};
