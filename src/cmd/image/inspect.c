/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Images as docker's inspect shows them; what docker has no key for is podman's, or below Guise. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "cmd/engine/commands.h"
#include "cmd/engine/inspect.h"
#include "cmd/engine/look.h"
#include "cmd/engine/object.h"
#include "image/blob.h"
#include "image/layers.h"
#include "plan/steps/root.h"
#include "spec/image/digest.h"
#include "state/images.h"

/* "quay.io/a:1" → "quay.io/a@DIGEST", as whoever fetches it again would write. */
static const char *by_digest(struct arena *a, const char *name, const char *digest)
{
	size_t len = strchr(name, '@') ? strcspn(name, "@") : (size_t)(strrchr(name, ':') - name);

	return arena_printf(a, "%.*s@%s", (int)len, name, digest);
}

static int add_names(json_object *o, int images, struct arena *a, const struct image *image, struct err *e)
{
	struct strv tags = { 0 }, digests = { 0 };
	struct image_name *names;
	size_t n;
	int r = images_names(images, a, &names, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++) {
		const char *digest;

		if (!str_eq(names[i].digest, image->digest))
			continue;
		digest = by_digest(a, names[i].text, image->digest);
		if (!strchr(names[i].text, '@'))
			strv_push(a, &tags, names[i].text);
		if (!strv_has(&digests, digest))
			strv_push(a, &digests, digest);
	}
	object_list(o, "RepoTags", &tags, 0);
	object_list(o, "RepoDigests", &digests, 0);
	return r;
}

/* What the image says of a container, in its own words. */
static void add_config(json_object *o, const char *text, size_t len)
{
	struct json_tokener *t = json_tokener_new();
	json_object *all = json_tokener_parse_ex(t, text, (int)len), *config = NULL;

	json_object_object_get_ex(all, "config", &config);
	json_object_object_add(o, "Config", config ? json_object_get(config) : json_object_new_object());
	json_object_put(all);
	json_tokener_free(t);
}

static void add_layers(json_object *o, int images, struct arena *a, const struct image *image,
		       const struct image_config *c)
{
	json_object *root = object_within(o, "RootFS"), *guise = object_within(o, "Guise");
	struct strv names = { 0 }, storage = { 0 };

	object_str(root, "Type", "layers");
	object_list(root, "Layers", &c->diff_ids, 0);
	for (unsigned i = image->n_layers; i-- > 0;) {
		strv_push(a, &names, layers_name(images, a, image, i) ?: "");
		strv_push(a, &storage, root_is_erofs(&image->erofs, i) ? "erofs" : "directory");
	}
	object_str(guise, "Path", image->path);
	object_list(guise, "Layers", &names, 0);
	object_list(guise, "Storage", &storage, 0);
}

static int make_object(int images, struct arena *a, const struct image *image, json_object *o, struct err *e)
{
	struct image_config c;
	size_t len;
	char *text;
	int r = images_config(images, a, image, &c, e);

	if (r < 0 || (r = blob_read(images, a, image->id, &text, &len, e)) < 0)
		return r;
	object_str(o, "Id", image->id);
	object_str(o, "Digest", image->digest);
	if ((r = add_names(o, images, a, image, e)) < 0)
		return r;
	object_str(o, "Comment", c.comment ?: "");
	object_str(o, "Created", c.created ?: "");
	object_str(o, "Author", c.author ?: "");
	add_config(o, text, len);
	object_str(o, "Architecture", c.platform.architecture);
	if (c.platform.variant)
		object_str(o, "Variant", c.platform.variant);
	object_str(o, "Os", c.platform.os);
	object_int(o, "Size", (int64_t)layers_image_size(images, a, image));
	add_layers(o, images, a, image, &c);
	return 0;
}

int inspect_image(struct call *call, struct state *st, int images, const char *name, json_object **o,
		  struct err *e)
{
	struct err no_container = *e;
	struct image image;
	int r;

	*e = (struct err){ 0 };
	r = images_find(st, images, call->arena, name, &image, e);
	if (r == -ENOENT && no_container.no) {
		*e = no_container;
		err_cause(e, "there is none, and no image either");
		return err_hint(e, "guise %sps -a lists them, and guise %simages these", st->flag, st->flag);
	}
	if (r < 0)
		return r;
	*o = json_object_new_object();
	return make_object(images, call->arena, &image, *o, e);
}

static const struct opt image_inspect_table[] = {
	{ "format", 'f', "FORMAT", opt_template, 0,
	  "json, or a template of the fields that are wanted: '{{.Config.Env}}'", "json" },
	{ 0 },
};

static int image_inspect_run(struct call *call, struct err *e)
{
	struct strv names;
	int r = opt_parse(call, NULL, &names, e);

	return r ? r : inspect_print(call, "image", &names, e);
}

const struct command image_inspect_command = {
	.name = "image inspect",
	.operands = "IMAGE...",
	.summary = IMAGE_INSPECT,
	.details =
		"The same as inspect --type image. Size is what its layers unpack to; of those that are EROFS images, the size of these.",
	.options = image_inspect_table,
	.min = 1,
	.max = COMMAND_ANY,
	.run = image_inspect_run,
};
