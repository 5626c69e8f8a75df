/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/image/registry_options.h"

#include <errno.h>

#include "spec/image/registries.h"
#include "state/images.h"

int registry_refuse_option(const char *option, const char *place, struct err *e)
{
	err_set(e, "registry-option", EINVAL, "use --%s for %s", option, place);
	return err_cause(e, "it is for registries, and these are files"), err_hint(e, "leave it out");
}

int registry_refuse(const struct registry_options *o, const char *place, struct err *e)
{
	const char *option = o->creds      ? "creds" :
			     o->authfile   ? "authfile" :
			     o->cert_dir   ? "cert-dir" :
			     !o->tls_verify ? "tls-verify" :
					     NULL;

	return option ? registry_refuse_option(option, place, e) : 0;
}

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
