/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Names: /etc/hosts, /etc/hostname and /etc/resolv.conf, as docker makes them. They are files in the container's state
 * directory, written before its first process is born and bound over whatever its root file system has. A container in
 * another's network shares the other's. What the user mounts over them wins.
 */
#include "plan/build.h"

#include <string.h>
#include <sys/mount.h>

#include "plan/build_parts.h"

enum { HOSTS, HOSTNAME, RESOLV, FILES };
static const char *const names[FILES] = { "hosts", "hostname", "resolv.conf" };

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
	const char *own = own_line(p, s->network.mode == NET_BRIDGE ? f->address : OWN_ADDRESS, hostname_of(p, s, f));
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

static const char *target_of(const struct plan *p, int file)
{
	return arena_printf(p->arena, "/etc/%s", names[file]);
}

void build_names_files(struct plan *p, const struct spec *s, const struct facts *f)
{
	const char *const texts[FILES] = { hosts_of(p, s, f), arena_printf(p->arena, "%s\n", hostname_of(p, s, f)), f->resolv };
	const char *note = "names: files that the container has in /etc";

	for (int i = 0; i < FILES && !f->names; i++) {
		struct step *st;

		if (is_users(s, target_of(p, i)))
			continue;
		st = plan_add(p, STEP_FILE, note);
		st->file.path = arena_printf(p->arena, "%s/%s", f->state, names[i]);
		st->file.text = texts[i];
		st->file.uid = f->root_uid;
		st->file.gid = f->root_gid;
		note = NULL;
	}
}

void build_names_mounts(struct plan *p, const struct spec *s, const struct facts *f)
{
	for (int i = 0; i < FILES; i++) {
		const char *source = arena_printf(p->arena, "%s/%s", f->names ? f->names : f->state, names[i]);
		const char *target = target_of(p, i);
		uint64_t tree;
		struct step *st;

		if (is_users(s, target))
			continue;
		/* the way there is closed to the root of a user namespace, but to the user's own */
		tree = f->userns && f->privileged ? parts_tree(p, source, NULL, false, false) : 0;
		st = parts_mount(p, "bind", target, 0, NULL);
		st->mount.source = source;
		st->mount.tree = tree;
		st->mount.file = true;
		st->mount.optional = true;
		st->mount.propagation = MS_PRIVATE;
	}
}
