/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "kernel/process/fdpass.h"
#include "kernel/seccomp/cache.h"
#include "run/oci/probe.h"
#include "run/start/probe.h"

/* If nobody listens, create shall say so, not start; but the agent shall not notice the question. So connect
 * a socket of another type: a listener refuses it (EPROTOTYPE, unix(7)), and that is answer enough. */
static int check_listener(const struct seccomp_profile *p, struct err *e)
{
	autoclose int sock = -1;

	if (!(p->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return 0;
	sock = fdpass_connect(p->listener_path, SOCK_DGRAM);
	if (sock == -EPROTOTYPE)
		return 0;
	return err_set(e, "seccomp-listener", sock < 0 ? -sock : EPROTOTYPE,
		       "connect to the seccomp agent at %s", p->listener_path);
}

int oci_probe_seccomp(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e)
{
	struct seccomp_filter *filter = arena_new(a, struct seccomp_filter);
	int r;

	if (!c->seccomp)
		return 0;
	if ((r = check_listener(c->seccomp, e)) < 0)
		return r;
	struct str text = seccomp_key_profile(a, c->seccomp);
	struct seccomp_key key = { .builder = "guise-oci " GUISE_VERSION,
				   .profile = text.p,
				   .profile_len = text.len };
	autoclose int cache = probe_seccomp_cache();

	f->seccomp = filter;
	if (cache >= 0 && seccomp_cache_load(a, cache, &key, filter) == 1)
		return 0;
	r = seccomp_compile(a, c->seccomp, 0, filter, e);
	if (r == 0 && cache >= 0)
		seccomp_cache_store(a, cache, &key, filter);
	return r;
}
