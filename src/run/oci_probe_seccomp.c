/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/seccomp_cache.h"
#include "run/oci_probe.h"
#include "run/probe_parts.h"

int oci_probe_seccomp(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e)
{
	struct seccomp_filter *filter = arena_new(a, struct seccomp_filter);
	int r;

	if (!c->seccomp)
		return 0;
	struct str text = seccomp_key_profile(a, c->seccomp);
	struct seccomp_key key = { .builder = "guise-oci " GUISE_VERSION, .profile = text.p, .profile_len = text.len };
	autoclose int cache = probe_seccomp_cache();

	f->seccomp = filter;
	if (cache >= 0 && seccomp_cache_load(a, cache, &key, filter) == 1)
		return 0;
	r = seccomp_compile(a, c->seccomp, 0, filter, e);
	if (r == 0 && cache >= 0)
		seccomp_cache_store(a, cache, &key, filter);
	return r;
}
