/* SPDX-License-Identifier: GPL-2.0-or-later */
/* config.md, "Mounts". */
#include <string.h>
#include <sys/mount.h>

#include "base/str.h"
#include "spec/oci_parts.h"

/*
 * What a word of the options does. Attributes are those of mount_setattr(2): SET are set and CLEAR are
 * cleared. MOUNT_ATTR__ATIME is not a set of bits but a number, of which RELATIME is 0; the kernel wants the
 * whole of it cleared whenever it changes.
 */
enum what {
	ATTR,	     /* set, clear: of this mount */
	REC_ATTR,    /* and of those below it: AT_RECURSIVE */
	FLAG,	     /* of the file system: MS_* in set or in clear */
	PROPAGATION, /* MS_* in set */
	BIND,	     /* set: MS_REC or 0 */
	REMOUNT,
	COPY_UP,
	IDMAP, /* set: MS_REC or 0 */
	NOTHING,
};

struct option {
	const char *word;
	enum what what;
	uint64_t set, clear;
};

static const struct option options[] = {
    {"async", FLAG, 0, MS_SYNCHRONOUS},
    {"atime", ATTR, 0, MOUNT_ATTR_NOATIME},
    {"bind", BIND},
    {"defaults", NOTHING},
    {"dev", ATTR, 0, MOUNT_ATTR_NODEV},
    {"diratime", ATTR, 0, MOUNT_ATTR_NODIRATIME},
    {"dirsync", FLAG, MS_DIRSYNC},
    {"exec", ATTR, 0, MOUNT_ATTR_NOEXEC},
    {"idmap", IDMAP},
    {"iversion", FLAG, MS_I_VERSION},
    {"lazytime", FLAG, MS_LAZYTIME},
    {"loud", FLAG, 0, MS_SILENT},
    {"mand", FLAG, MS_MANDLOCK},
    {"noatime", ATTR, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"nodev", ATTR, MOUNT_ATTR_NODEV},
    {"nodiratime", ATTR, MOUNT_ATTR_NODIRATIME},
    {"noexec", ATTR, MOUNT_ATTR_NOEXEC},
    {"noiversion", FLAG, 0, MS_I_VERSION},
    {"nolazytime", FLAG, 0, MS_LAZYTIME},
    {"nomand", FLAG, 0, MS_MANDLOCK},
    {"norelatime", NOTHING}, /* what is left then is the kernel's default: relatime, since Linux 2.6.30 */
    {"nostrictatime", ATTR, 0, MOUNT_ATTR_STRICTATIME},
    {"nosuid", ATTR, MOUNT_ATTR_NOSUID},
    {"nosymfollow", ATTR, MOUNT_ATTR_NOSYMFOLLOW},
    {"private", PROPAGATION, MS_PRIVATE},
    {"ratime", REC_ATTR, 0, MOUNT_ATTR_NOATIME},
    {"rbind", BIND, MS_REC},
    {"rdev", REC_ATTR, 0, MOUNT_ATTR_NODEV},
    {"rdiratime", REC_ATTR, 0, MOUNT_ATTR_NODIRATIME},
    {"relatime", ATTR, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"remount", REMOUNT},
    {"rexec", REC_ATTR, 0, MOUNT_ATTR_NOEXEC},
    {"ridmap", IDMAP, MS_REC},
    {"rnoatime", REC_ATTR, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"rnodev", REC_ATTR, MOUNT_ATTR_NODEV},
    {"rnodiratime", REC_ATTR, MOUNT_ATTR_NODIRATIME},
    {"rnoexec", REC_ATTR, MOUNT_ATTR_NOEXEC},
    {"rnorelatime", NOTHING},
    {"rnostrictatime", REC_ATTR, 0, MOUNT_ATTR_STRICTATIME},
    {"rnosuid", REC_ATTR, MOUNT_ATTR_NOSUID},
    {"rnosymfollow", REC_ATTR, MOUNT_ATTR_NOSYMFOLLOW},
    {"ro", ATTR, MOUNT_ATTR_RDONLY},
    {"rprivate", PROPAGATION, MS_PRIVATE | MS_REC},
    {"rrelatime", REC_ATTR, MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"rro", REC_ATTR, MOUNT_ATTR_RDONLY},
    {"rrw", REC_ATTR, 0, MOUNT_ATTR_RDONLY},
    {"rshared", PROPAGATION, MS_SHARED | MS_REC},
    {"rslave", PROPAGATION, MS_SLAVE | MS_REC},
    {"rstrictatime", REC_ATTR, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"rsuid", REC_ATTR, 0, MOUNT_ATTR_NOSUID},
    {"rsymfollow", REC_ATTR, 0, MOUNT_ATTR_NOSYMFOLLOW},
    {"runbindable", PROPAGATION, MS_UNBINDABLE | MS_REC},
    {"rw", ATTR, 0, MOUNT_ATTR_RDONLY},
    {"shared", PROPAGATION, MS_SHARED},
    {"silent", FLAG, MS_SILENT},
    {"slave", PROPAGATION, MS_SLAVE},
    {"strictatime", ATTR, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"suid", ATTR, 0, MOUNT_ATTR_NOSUID},
    {"symfollow", ATTR, 0, MOUNT_ATTR_NOSYMFOLLOW},
    {"sync", FLAG, MS_SYNCHRONOUS},
    {"tmpcopyup", COPY_UP},
    {"unbindable", PROPAGATION, MS_UNBINDABLE},
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

static void change_attr(uint64_t *attr, uint64_t *clear, const struct option *o)
{
	/* What was to be cleared and is set now needs no clearing; the number for atime does. */
	*clear &= ~(o->set & ~(uint64_t)MOUNT_ATTR__ATIME);
	*clear |= o->clear & MOUNT_ATTR__ATIME ? o->clear | MOUNT_ATTR__ATIME : o->clear;
	*attr = (*attr & ~o->clear) | o->set;
}

static void apply_option(const struct option *o, struct oci_mount *m)
{
	switch (o->what) {
	case ATTR:
		return change_attr(&m->attr, &m->attr_clear, o);
	case REC_ATTR:
		return change_attr(&m->rec_attr, &m->rec_attr_clear, o);
	case FLAG:
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
	case NOTHING:
		return;
	}
}

static void read_options(struct json_reader *r, struct json_object *o, struct oci_mount *m)
{
	size_t n;
	const char **words = json_strings(r, o, "options", OCI_LIST_MAX, &n);
	struct str data = {.arena = r->arena};

	for (size_t i = 0; i < n; i++) {
		const struct option *known = option_find(words[i]);

		if (known)
			apply_option(known, m);
		else if (*words[i])
			str_addf(&data, "%s%s", data.len ? "," : "", words[i]);
	}
	m->data = data.p;
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
	c->mounts =
	    json_objects(r, root, "mounts", OCI_LIST_MAX, sizeof(*c->mounts), read_mount, &c->n_mounts);
	for (size_t i = 0; i < c->n_mounts; i++) {
		struct oci_mount *m = &c->mounts[i];

		if (str_eq(m->type, "bind") && m->source && *m->source != '/')
			m->source = arena_printf(r->arena, "%s/%s", bundle, m->source);
	}
}
