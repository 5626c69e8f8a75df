/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/registry_options.h"

#include "spec/image/registries.h"
#include "state/images.h"

int registry_session_of(struct arena *a, const struct registry_options *o, const char *domain,
			struct session_options *s, struct err *e)
{
	const struct reference name = { .domain = domain, .path = "x" };
	struct registries registries;
	struct reference *ignored;
	size_t n;
	int r = images_registries(a, &registries, e);

	if (r < 0 || (r = registries_expand(a, &registries, &name, &ignored, &n, e)) < 0)
		return r;
	*s = registry_session(o);
	s->lax |= registries_insecure(&registries, domain);
	return 0;
}
