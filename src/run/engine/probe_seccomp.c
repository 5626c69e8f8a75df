/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/probe_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/seccomp/cache.h"
#include "kernel/seccomp/default.h"
#include "run/start/probe.h"
#include "spec/seccomp.h"

/* host: NULL for our own profile. */
static int compile_profile(struct arena *a, const struct seccomp_key *key, const char *file,
			   const struct seccomp_host *host, struct seccomp_filter *f, struct err *e)
{
	struct seccomp_profile profile;
	int r = spec_seccomp_parse(a, key->profile, key->profile_len, file, host, &profile, e);

	if (r == 0 && !host)
		r = spec_seccomp_allow(a, seccomp_caps_json, seccomp_caps_json_len, "caps.json", key->caps,
				       &profile, NULL, e);
	if (r == 0 && profile.listener_path)
		return err_set(e, "seccomp-notify", ENOSYS, "use seccomp profile %s", file),
		       err_cause(e, "guise run passes no notification descriptor (SCMP_ACT_NOTIFY)");
	return r < 0 ? r : seccomp_compile(a, &profile, 0, f, e);
}

static int find_or_compile(struct arena *a, const struct seccomp_key *key, const char *file,
			   const struct seccomp_host *host, struct seccomp_filter *f, struct err *e)
{
	autoclose int cache = probe_seccomp_cache();
	int r;

	if (cache >= 0 && seccomp_cache_load(a, cache, key, f) == 1)
		return 0;
	r = compile_profile(a, key, file, host, f, e);
	if (r == 0 && cache >= 0)
		seccomp_cache_store(a, cache, key, f);
	return r;
}

/* The user's own file may be of an engine's form, which depends on where it is used: so its filter does,
 * too. */
static int probe_file(struct arena *a, const struct spec *s, struct seccomp_filter *f, struct err *e)
{
	struct seccomp_host host = { .caps = s->security.caps, .arch = SECCOMP_ARCH_NATIVE };
	const char *file = s->security.seccomp_file;
	struct seccomp_key key = { .caps = host.caps };
	struct utsname kernel;
	char *text;
	int r = io_read_given(a, file, SPEC_SECCOMP_MAX, &text, &key.profile_len);

	if (r < 0)
		return err_set(e, "seccomp-file", -r, "read seccomp profile %s", file);
	if (uname(&kernel) < 0 ||
	    sscanf(kernel.release, "%u.%u", &host.kernel_major, &host.kernel_minor) != 2)
		return err_set(e, "seccomp-file", errno, "read seccomp profile %s", file),
		       err_cause(e, "the kernel's version is not known");
	key.builder = arena_printf(a, "guise " GUISE_VERSION " Linux %u.%u", host.kernel_major,
				   host.kernel_minor);
	key.profile = text;
	return find_or_compile(a, &key, file, &host, f, e);
}

int probe_seccomp(struct arena *a, const struct spec *s, struct facts *f, struct err *e)
{
	struct seccomp_key key = { .builder = "guise " GUISE_VERSION,
				   .caps = s->security.caps & seccomp_default_caps,
				   .profile = seccomp_default_json,
				   .profile_len = seccomp_default_json_len };
	struct seccomp_filter *filter = arena_new(a, struct seccomp_filter);

	if (s->security.seccomp == SECCOMP_UNCONFINED)
		return 0;
	f->seccomp = filter;
	if (s->security.seccomp == SECCOMP_FILE)
		return probe_file(a, s, filter, e);
	if (key.caps)
		return find_or_compile(a, &key, "default.json", NULL, filter, e);
	f->seccomp = &seccomp_default;
	return 0;
}
