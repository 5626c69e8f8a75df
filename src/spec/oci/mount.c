/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config.md, "Mounts". */
#include <string.h>
#include <sys/mount.h>

#include "base/str.h"
#include "spec/oci/parts.h"

/*
 * What a word of the options does. Attributes are those of mount_setattr(2): SET are set and CLEAR are
 * cleared. Words that contradict each other mean what they mean to crun and runc, which hand flags to
 * mount(2). The later of two wins; of two recursive ones, that which sets. Recursive ones win over the
 * others. Of those for access times strictatime wins, then noatime.
 */
enum what {
	ATTR,     /* set, clear: of this mount */
	ATIME,    /* the same: MS_NOATIME, MS_RELATIME, MS_STRICTATIME */
	REC_ATTR, /* and of those below it: AT_RECURSIVE */
	REC_ATIME,
	FLAG,        /* of the file system: MS_* in set or in clear */
	PROPAGATION, /* MS_* in set */
	BIND,        /* set: MS_REC or 0 */
	REMOUNT,
	COPY_UP,
	IDMAP, /* set: MS_REC or 0 */
	LINK,  /* what a symbolic link is to a bind mount: LINK_* in set */
	NOTHING,
};

enum { LINK_COPIED = 1, LINK_SOURCE, LINK_TARGET };

struct option {
	const char *word;
	enum what what;
	uint64_t set, clear;
};

static const struct option options[] = {
	{ "async", FLAG, 0, MS_SYNCHRONOUS },
	{ "atime", ATIME, 0, MS_NOATIME },
	{ "bind", BIND },
	{ "copy-symlink", LINK, LINK_COPIED },
	{ "defaults", NOTHING },
	{ "dest-nofollow", LINK, LINK_TARGET },
	{ "dev", ATTR, 0, MOUNT_ATTR_NODEV },
	{ "diratime", ATTR, 0, MOUNT_ATTR_NODIRATIME },
	{ "dirsync", FLAG, MS_DIRSYNC },
	{ "exec", ATTR, 0, MOUNT_ATTR_NOEXEC },
	{ "idmap", IDMAP },
	{ "iversion", FLAG, MS_I_VERSION },
	{ "lazytime", FLAG, MS_LAZYTIME },
	{ "loud", FLAG, 0, MS_SILENT },
	{ "mand", FLAG, MS_MANDLOCK },
	{ "noatime", ATIME, MS_NOATIME },
	{ "nodev", ATTR, MOUNT_ATTR_NODEV },
	{ "nodiratime", ATTR, MOUNT_ATTR_NODIRATIME },
	{ "noexec", ATTR, MOUNT_ATTR_NOEXEC },
	{ "noiversion", FLAG, 0, MS_I_VERSION },
	{ "nolazytime", FLAG, 0, MS_LAZYTIME },
	{ "nomand", FLAG, 0, MS_MANDLOCK },
	{ "norelatime", ATIME, 0, MS_RELATIME },
	{ "nostrictatime", ATIME, 0, MS_STRICTATIME },
	{ "nosuid", ATTR, MOUNT_ATTR_NOSUID },
	{ "nosymfollow", ATTR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "private", PROPAGATION, MS_PRIVATE },
	{ "ratime", REC_ATIME, 0, MS_NOATIME },
	{ "rbind", BIND, MS_REC },
	{ "rdev", REC_ATTR, 0, MOUNT_ATTR_NODEV },
	{ "rdiratime", REC_ATTR, 0, MOUNT_ATTR_NODIRATIME },
	{ "relatime", ATIME, MS_RELATIME },
	{ "remount", REMOUNT },
	{ "rexec", REC_ATTR, 0, MOUNT_ATTR_NOEXEC },
	{ "ridmap", IDMAP, MS_REC },
	{ "rnoatime", REC_ATIME, MS_NOATIME },
	{ "rnodev", REC_ATTR, MOUNT_ATTR_NODEV },
	{ "rnodiratime", REC_ATTR, MOUNT_ATTR_NODIRATIME },
	{ "rnoexec", REC_ATTR, MOUNT_ATTR_NOEXEC },
	{ "rnorelatime", REC_ATIME, 0, MS_RELATIME },
	{ "rnostrictatime", REC_ATIME, 0, MS_STRICTATIME },
	{ "rnosuid", REC_ATTR, MOUNT_ATTR_NOSUID },
	{ "rnosymfollow", REC_ATTR, MOUNT_ATTR_NOSYMFOLLOW },
	{ "ro", ATTR, MOUNT_ATTR_RDONLY },
	{ "rprivate", PROPAGATION, MS_PRIVATE | MS_REC },
	{ "rrelatime", REC_ATIME, MS_RELATIME },
	{ "rro", REC_ATTR, MOUNT_ATTR_RDONLY },
	{ "rrw", REC_ATTR, 0, MOUNT_ATTR_RDONLY },
	{ "rshared", PROPAGATION, MS_SHARED | MS_REC },
	{ "rslave", PROPAGATION, MS_SLAVE | MS_REC },
	{ "rstrictatime", REC_ATIME, MS_STRICTATIME },
	{ "rsuid", REC_ATTR, 0, MOUNT_ATTR_NOSUID },
	{ "rsymfollow", REC_ATTR, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "runbindable", PROPAGATION, MS_UNBINDABLE | MS_REC },
	{ "rw", ATTR, 0, MOUNT_ATTR_RDONLY },
	{ "shared", PROPAGATION, MS_SHARED },
	{ "silent", FLAG, MS_SILENT },
	{ "slave", PROPAGATION, MS_SLAVE },
	{ "src-nofollow", LINK, LINK_SOURCE },
	{ "strictatime", ATIME, MS_STRICTATIME },
	{ "suid", ATTR, 0, MOUNT_ATTR_NOSUID },
	{ "symfollow", ATTR, 0, MOUNT_ATTR_NOSYMFOLLOW },
	{ "sync", FLAG, MS_SYNCHRONOUS },
	{ "tmpcopyup", COPY_UP },
	{ "unbindable", PROPAGATION, MS_UNBINDABLE },
};

const char *oci_mount_option(size_t i)
{
	return i < ARRAY_LEN(options) ? options[i].word : NULL;
}

static const struct option *option_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (str_eq(options[i].word, word))
			return &options[i];
	return NULL;
}

/* What the words have said so far, beside what goes straight into the mount. */
struct said {
	unsigned long atime, rec_atime; /* MS_*ATIME */
	bool any_atime,
		any_rec_atime; /* norelatime alone says nothing: relatime is what the kernel does anyway */
	bool any_flag;         /* others that mount(2) has, and that are not recursive */
	const char *unknown;   /* the first word that goes to the file system */
	struct str data;
};

static bool changes_atime(const struct option *o)
{
	return o->set || o->clear != MS_RELATIME;
}

static void apply_link(const struct option *o, struct oci_mount *m)
{
	m->copy_link |= o->set == LINK_COPIED;
	m->link_source |= o->set == LINK_SOURCE;
	m->link_target |= o->set == LINK_TARGET;
}

static void apply_option(const struct option *o, struct said *said, struct oci_mount *m)
{
	switch (o->what) {
	case ATTR:
		said->any_flag = true;
		m->attr = (m->attr & ~o->clear) | o->set;
		m->attr_clear = (m->attr_clear & ~o->set) | o->clear;
		return;
	case ATIME:
		said->any_atime |= changes_atime(o);
		said->atime = (said->atime & ~o->clear) | o->set;
		return;
	case REC_ATTR:
		m->rec_attr |= o->set;
		m->rec_attr_clear = (m->rec_attr_clear | o->clear) & ~m->rec_attr;
		return;
	case REC_ATIME:
		said->any_rec_atime |= changes_atime(o);
		said->rec_atime |= o->set;
		return;
	case FLAG:
		said->any_flag |= o->set != 0;
		m->flags = (m->flags & ~o->clear) | o->set;
		return;
	case PROPAGATION:
		m->propagation = o->set;
		return;
	case BIND:
		m->type = "bind";
		m->recursive = o->set & MS_REC;
		return;
	case REMOUNT:
		m->remount = true;
		return;
	case COPY_UP:
		m->copy_up = true;
		return;
	case IDMAP:
		m->idmap = true;
		m->idmap_recursive = o->set & MS_REC;
		return;
	case LINK:
		return apply_link(o, m);
	case NOTHING:
		return;
	}
}

/* MOUNT_ATTR__ATIME is a number, not a set of bits: RELATIME is 0. Whenever it changes, the kernel wants all
 * of it cleared. */
static void put_atime(unsigned long atime, bool any, uint64_t *attr, uint64_t *clear)
{
	if (!any)
		return;
	*clear |= MOUNT_ATTR__ATIME;
	*attr |= atime & MS_STRICTATIME ? MOUNT_ATTR_STRICTATIME :
		 atime & MS_NOATIME     ? MOUNT_ATTR_NOATIME :
					  0;
}

/* mount(2) gives a bind mount new flags as a whole: once an option says one of them, the source's others are
 * gone. The source's access times stay, unless an option names some. */
static void put_reset(const struct said *said, struct oci_mount *m)
{
	const uint64_t all = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			     MOUNT_ATTR_NOSYMFOLLOW;

	if (!str_eq(m->type, "bind") || m->remount || (!said->any_flag && !said->atime))
		return;
	m->attr_reset = all;
	if (said->atime || (m->attr & MOUNT_ATTR_NODIRATIME))
		m->attr_reset |= MOUNT_ATTR_NODIRATIME | MOUNT_ATTR__ATIME;
	m->attr_reset &= ~(m->attr | m->attr_clear);
}

static void check_options(struct json_reader *r, const struct said *said, const struct oci_mount *m)
{
	bool bind = str_eq(m->type, "bind");

	/* mount(2) takes no data for a bind mount, so nobody would tell of a wrong word */
	if (bind && said->unknown)
		json_fail(r, "options", "%s is no option of bind mounts", said->unknown);
	if (!bind && (m->copy_link || m->link_source || m->link_target))
		json_fail(r, "options", "copy-symlink, src-nofollow and dest-nofollow are for bind mounts");
	if (m->copy_link && (m->link_source || m->link_target))
		json_fail(r, "options", "copy-symlink excludes src-nofollow and dest-nofollow");
	if (m->copy_up && !str_eq(m->type, "tmpfs"))
		json_fail(r, "options", "tmpcopyup is for tmpfs");
	if (said->unknown && (str_eq(m->type, "cgroup") || str_eq(m->type, "cgroup2")))
		json_warn(r, "options", "%s: of a mount of cgroups it is ignored", said->unknown);
}

static void read_options(struct json_reader *r, struct json_object *o, struct oci_mount *m)
{
	size_t n;
	const char **words = json_strings(r, o, "options", OCI_LIST_MAX, &n);
	struct said said = { .data = { .arena = r->arena } };

	for (size_t i = 0; i < n; i++) {
		const struct option *known = option_find(words[i]);

		if (known) {
			apply_option(known, &said, m);
		} else if (*words[i]) {
			str_addf(&said.data, "%s%s", said.data.len ? "," : "", words[i]);
			said.unknown = said.unknown ? said.unknown : words[i];
		}
	}
	m->data = said.data.p;
	put_atime(said.atime, said.any_atime, &m->attr, &m->attr_clear);
	put_atime(said.rec_atime, said.any_rec_atime, &m->rec_attr, &m->rec_attr_clear);
	put_reset(&said, m);
	check_options(r, &said, m);
}

/* "If specified, it MUST be specified along with gidMappings"; idmap or ridmap SHOULD be there too. */
static void read_mount_maps(struct json_reader *r, struct json_object *o, struct oci_mount *m)
{
	oci_read_id_maps(r, o, "uidMappings", &m->uid_map, &m->n_uid_map);
	oci_read_id_maps(r, o, "gidMappings", &m->gid_map, &m->n_gid_map);
	if (!m->n_uid_map != !m->n_gid_map)
		json_fail(r, m->n_uid_map ? "gidMappings" : "uidMappings",
			  "missing: the two belong together");
	if (m->n_uid_map && !m->idmap) {
		json_warn(r, "options", "should have idmap or ridmap, since mappings are given");
		m->idmap = true;
	}
}

static void read_mount(struct json_reader *r, struct json_object *o, void *out)
{
	struct oci_mount *m = out;
	const char *target = oci_required(r, o, "destination");

	m->type = oci_optional(r, o, "type");
	m->source = oci_optional(r, o, "source");
	read_options(r, o, m);
	read_mount_maps(r, o, m);
	if (target && *target != '/')
		json_warn(r, "destination", "%s: relative paths are deprecated, it is taken as /%s", target,
			  target);
	m->target = oci_path(r, "destination", target, false);
	if (str_eq(m->target, "/"))
		json_fail(r, "destination", "must not be the root itself");
	if (str_eq(m->type, "bind") && !m->source && !m->remount)
		json_fail(r, "source", "missing: a bind mount needs it");
	if (!m->type && !m->remount)
		json_fail(r, "type", "missing: only a bind mount needs none");
}

void oci_read_mounts(struct json_reader *r, struct json_object *root, const char *bundle,
		     struct oci_config *c)
{
	c->mounts = json_objects(r, root, "mounts", OCI_LIST_MAX, sizeof(*c->mounts), read_mount,
				 &c->n_mounts);
	for (size_t i = 0; i < c->n_mounts; i++) {
		struct oci_mount *m = &c->mounts[i];

		if (str_eq(m->type, "bind") && m->source && *m->source != '/')
			m->source = arena_printf(r->arena, "%s/%s", bundle, m->source);
	}
}
