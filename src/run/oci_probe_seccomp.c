/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "kernel/seccomp_cache.h"
#include "run/oci_probe.h"
#include "run/probe_parts.h"

/*
 * The profile's content as a text, the key that its filter is found by. Engines write the same profile into
 * every config.json, so it is compiled once. It is made of what was read, which is shorter than JSON and the same
 * however that was laid out.
 */
static struct str profile_text(struct arena *a, const struct seccomp_profile *p)
{
	struct str s = { .arena = a };

	str_addf(&s, "default %x newer %d flags %x arches", p->default_action, p->enosys_for_newer, p->flags);
	for (size_t i = 0; i < p->n_arches; i++)
		str_addf(&s, " %x", p->arches[i]);
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct seccomp_rule *r = &p->rules[i];

		str_addf(&s, "\n%x", r->action);
		for (size_t k = 0; k < r->n_args; k++)
			str_addf(&s, " %u:%d:%llx:%llx", r->args[k].index, r->args[k].op,
				 (unsigned long long)r->args[k].value, (unsigned long long)r->args[k].mask);
		for (size_t k = 0; k < r->n_names; k++) {
			str_add(&s, " ");
			str_add(&s, r->names[k]);
		}
	}
	return s;
}

int oci_probe_seccomp(struct arena *a, const struct oci_config *c, struct oci_facts *f, struct err *e)
{
	struct seccomp_filter *filter = arena_new(a, struct seccomp_filter);
	int r;

	if (!c->seccomp)
		return 0;
	struct str text = profile_text(a, c->seccomp);
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
