/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What strangers say of an image: its name, manifest and configuration, a registry's challenge, and what files have of
 * credentials and registries. The first byte says which of them it is. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "spec/image/auth.h"
#include "spec/image/config.h"
#include "spec/image/manifest.h"
#include "spec/image/registries.h"
#include "spec/image/source.h"

/* What was understood can be written again, and means the same. */
static void names(struct arena *a, const char *text, struct err *e)
{
	struct reference ref, again;
	struct image_source source;

	image_source_parse(a, text, &source, e);
	if (reference_parse(a, text, &ref, e) == 0 &&
	    reference_parse(a, reference_text(a, &ref), &again, e) < 0)
		abort();
}

static void manifests(struct arena *a, const char *text, size_t len, struct err *e)
{
	struct platform here;
	struct manifest m;

	platform_here(a, &here);
	if (manifest_parse(a, text, len, NULL, &m, e) == 0 && m.index)
		manifest_choose(&m, &here);
}

static void files(struct arena *a, const char *text, size_t len, struct err *e)
{
	const struct reference name = { .domain = "quay.io", .path = "team/x" };
	struct reference *list;
	struct registries r;
	struct auth found;
	size_t n;

	auth_find(a, "auth.json", text, len, &name, &found, e);
	if (registries_parse(a, "registries.json", text, len, &r, e) < 0)
		return;
	registries_places(a, &r, &name, &list, &n);
	registries_expand(a, &r, &name, &list, &n, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct err e = { 0 };
	struct image_config config;
	struct auth_challenge c;
	char *text;

	if (!size)
		return 0;
	text = arena_strndup(&arena, (const char *)data + 1, --size);
	if (data[0] == 'n')
		names(&arena, text, &e);
	else if (data[0] == 'm')
		manifests(&arena, text, size, &e);
	else if (data[0] == 'c')
		image_config_parse(&arena, text, size, &config, &e);
	else if (data[0] == 'w')
		auth_challenge(&arena, text, &c);
	else
		files(&arena, text, size, &e);
	arena_free(&arena);
	return 0;
}
