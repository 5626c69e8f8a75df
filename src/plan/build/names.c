/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Names: /etc/hosts, /etc/hostname and /etc/resolv.conf, as docker makes them, bound over whatever the
 * root file system has (plan/steps/file.c). A container in another's network has what the other began
 * with. What the user mounts over them wins.
 */
#include "plan/build/build.h"

#include <string.h>

/* By which a container's own name is found where no address of a network is its own (Debian's, too). */
#define OWN_ADDRESS "127.0.1.1"

static const char *hostname_of(const struct plan *p, const struct spec *s, const struct facts *f)
{
	if (s->ns[NS_UTS].mode != NS_MODE_NEW)
		return f->hostname;
	return s->hostname ? s->hostname : arena_strndup(p->arena, f->id, 12);
}

/* A name with dots is followed by its first part. */
static const char *own_line(const struct plan *p, const char *address, const char *name)
{
	size_t len = strcspn(name, ".");

	return name[len] ? arena_printf(p->arena, "%s\t%s %.*s\n", address, name, (int)len, name) :
			   arena_printf(p->arena, "%s\t%s\n", address, name);
}

static const char *hosts_of(const struct plan *p, const struct spec *s, const struct facts *f)
{
	static const char usual[] = "127.0.0.1\tlocalhost\n"
				    "::1\tlocalhost ip6-localhost ip6-loopback\n"
				    "fe00::\tip6-localnet\n"
				    "ff00::\tip6-mcastprefix\n"
				    "ff02::1\tip6-allnodes\n"
				    "ff02::2\tip6-allrouters\n";
	const char *own = own_line(p,
				   s->network.mode == NET_BRIDGE ? f->networks[0].at[0].address : OWN_ADDRESS,
				   hostname_of(p, s, f));
	size_t len;

	if (s->network.mode != NET_HOST)
		return arena_printf(p->arena, "%s%s", usual, own);
	if (s->ns[NS_UTS].mode != NS_MODE_NEW)
		return f->hosts;
	len = strlen(f->hosts);
	return arena_printf(p->arena, "%s%s%s", f->hosts, len && f->hosts[len - 1] != '\n' ? "\n" : "", own);
}

static bool is_users(const struct spec *s, const char *target)
{
	for (size_t i = 0; i < s->n_mounts; i++)
		if (str_eq(s->mounts[i].target, target))
			return true;
	return false;
}

/* What the other container of the network began with; NULL: the user mounted something there. */
static const char *text_of_other(const struct facts *f, const char *path)
{
	for (size_t i = 0; i < f->other.count; i++)
		if (f->other.steps[i].kind == STEP_FILE && str_eq(f->other.steps[i].file.path, path))
			return f->other.steps[i].file.text;
	return NULL;
}

void build_names(struct plan *p, const struct spec *s, const struct facts *f)
{
	const struct {
		const char *path, *text;
	} files[] = {
		{ "/etc/hosts", hosts_of(p, s, f) },
		{ "/etc/hostname", arena_printf(p->arena, "%s\n", hostname_of(p, s, f)) },
		{ "/etc/resolv.conf", f->resolv },
	};
	const char *note = "names: files that the container has in /etc";

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *other = text_of_other(f, files[i].path);
		struct step *st;

		if (is_users(s, files[i].path))
			continue;
		st = plan_add(p, STEP_FILE, note);
		st->file.path = files[i].path;
		st->file.text = other ? other : files[i].text;
		note = NULL;
	}
}
