/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec/mount.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "base/str.h"
#include "spec/name.h"
#include "spec/value.h"

/* A word that sets or clears attributes of a mount. Access times are one field with one value
 * (mount_setattr(2)), so each of their words clears the others. */
static const struct {
	const char *word;
	uint64_t clear, set;
} attr_words[] = {
	{ "ro", 0, MOUNT_ATTR_RDONLY },
	{ "rw", MOUNT_ATTR_RDONLY, 0 },
	{ "nosuid", 0, MOUNT_ATTR_NOSUID },
	{ "suid", MOUNT_ATTR_NOSUID, 0 },
	{ "nodev", 0, MOUNT_ATTR_NODEV },
	{ "dev", MOUNT_ATTR_NODEV, 0 },
	{ "noexec", 0, MOUNT_ATTR_NOEXEC },
	{ "exec", MOUNT_ATTR_NOEXEC, 0 },
	{ "relatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_RELATIME },
	{ "noatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_NOATIME },
	{ "strictatime", MOUNT_ATTR__ATIME, MOUNT_ATTR_STRICTATIME },
	{ "nodiratime", 0, MOUNT_ATTR_NODIRATIME },
	{ "diratime", MOUNT_ATTR_NODIRATIME, 0 },
};

static const struct {
	const char *word;
	unsigned long flags;
} propagation_words[] = {
	{ "private", MS_PRIVATE }, { "rprivate", MS_PRIVATE | MS_REC },
	{ "slave", MS_SLAVE },     { "rslave", MS_SLAVE | MS_REC },
	{ "shared", MS_SHARED },   { "rshared", MS_SHARED | MS_REC },
};

static bool set_attr(struct spec_mount *m, const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(attr_words); i++) {
		if (str_eq(word, attr_words[i].word)) {
			m->attr = (m->attr & ~attr_words[i].clear) | attr_words[i].set;
			return true;
		}
	}
	return false;
}

static bool set_propagation(struct spec_mount *m, const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(propagation_words); i++) {
		if (str_eq(word, propagation_words[i].word)) {
			m->propagation = propagation_words[i].flags;
			return true;
		}
	}
	return false;
}

/* "mount 'TEXT': CAUSE; HINT". Returns -EINVAL. */
static int bad_mount(struct err *e, const char *text, const char *cause, const char *hint)
{
	err_set(e, "bad-mount", EINVAL, "mount '%s'", text);
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

static int bad_option(struct err *e, const char *text, const char *word, const char *hint)
{
	err_set(e, "bad-mount-option", EINVAL, "mount '%s'", text);
	err_cause(e, "the option '%s' is not known here", word);
	return err_hint(e, "%s", hint);
}

static int set_target(struct arena *a, struct spec_mount *m, const char *target, const char *text,
		      struct err *e)
{
	m->target = name_path(a, target);
	if (!m->target)
		return bad_mount(e, text, "its target is not an absolute path without '..'",
				 "give the full path inside the container");
	if (str_eq(m->target, "/"))
		return bad_mount(e, text, "its target is the root itself", "ROOTFS says what the root is");
	return 0;
}

/* A source on the host: absolute, or with a dot in front and then below cwd (NULL: that is gone). */
static int set_source(struct arena *a, struct spec_mount *m, const char *source, const char *cwd,
		      const char *text, struct err *e)
{
	if (source[0] == '/')
		m->source = source;
	else if (source[0] == '.' && !cwd)
		return bad_mount(e, text, "the working directory, where its source begins, was removed",
				 "give an absolute path of the host");
	else if (source[0] == '.')
		m->source = arena_printf(a, "%s/%s", str_eq(cwd, "/") ? "" : cwd, source);
	else if (!source[0])
		return bad_mount(e, text, "its source is empty", "give a path of the host");
	else if (strchr(source, '/'))
		return bad_mount(e, text, "its source is not an absolute path",
				 "begin it with / or, below this directory, with ./");
	else
		return bad_mount(e, text, "its source is the name of a volume",
				 "write type=volume, or ./NAME for a directory");
	return 0;
}

static int set_volume(struct spec_mount *m, const char *name, const char *text, struct err *e)
{
	m->type = "volume";
	m->volume = name;
	/* a directory of guise's own has no mounts below it */
	m->recursive = false;
	return !*name || name_volume(name, e) == 0 ? 0 : err_prefix(e, "mount '%s'", text);
}

/* What docker does to a bind mount that is read-only: the mounts below it are, too. */
static void spread_readonly(struct spec_mount *m)
{
	m->attr_recursive = m->recursive && (m->attr & MOUNT_ATTR_RDONLY);
}

static int volume_option_word(struct spec_mount *m, const char *word, const char *text, struct err *e)
{
	static const char *const no_meaning[] = { "z", "Z", "cached", "delegated", "consistent" };

	if (set_attr(m, word) || set_propagation(m, word))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(no_meaning); i++)
		if (str_eq(word, no_meaning[i]))
			return 0;
	if (str_eq(word, "rbind") || str_eq(word, "bind")) {
		m->recursive = word[0] == 'r';
		return 0;
	}
	if (str_eq(word, "nocopy") || str_eq(word, "copy")) {
		m->no_copy = word[0] == 'n';
		return m->volume ? 0 :
				   bad_mount(e, text, "a directory of the host is never copied to",
					     "leave out copy and nocopy");
	}
	return bad_option(e, text, word,
			  "write SRC:DST[:ro|rw|nosuid|nodev|noexec|rshared|rslave|rprivate|bind|nocopy]");
}

int mount_parse_target(struct arena *a, const char *target, struct spec_mount *m, struct err *e)
{
	*m = (struct spec_mount){ 0 };
	set_volume(m, "", target, e);
	return set_target(a, m, target, target, e);
}

int mount_parse_volume(struct arena *a, const char *text, const char *cwd, struct spec_mount *m,
		       struct err *e)
{
	char *source = arena_strdup(a, text), *target = strchr(source, ':'), *options = NULL;
	int r;

	*m = (struct spec_mount){ .type = "bind", .recursive = true };
	if (!target)
		return mount_parse_target(a, text, m, e);
	*target++ = '\0';
	if ((options = strchr(target, ':')))
		*options++ = '\0';
	r = *source && *source != '.' && !strchr(source, '/') ? set_volume(m, source, text, e) :
								set_source(a, m, source, cwd, text, e);
	if (r < 0 || (r = set_target(a, m, target, text, e)) < 0)
		return r;
	for (char *word; (word = strsep(&options, ","));)
		if ((r = volume_option_word(m, word, text, e)) < 0)
			return r;
	spread_readonly(m);
	return 0;
}

/* A size as the kernel's tmpfs reads it: digits, then one of k, m, g, or % of the memory. */
static bool is_tmpfs_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && digits < 18 && (!s[digits] || (strchr("kKmMgG%", s[digits]) && !s[digits + 1]));
}

/* Is NAME=VALUE an option of the kernel's tmpfs with a value that it takes? */
static int check_tmpfs_data(const char *word, const char *text, struct err *e)
{
	static const char accepted[] =
		"tmpfs takes ro, [no]suid, [no]dev, [no]exec, tmpcopyup, size=, mode=, uid=, "
		"gid= and nr_inodes=";
	const char *value;
	uint32_t id;
	unsigned mode;
	int r = 0;

	if ((value = str_after(word, "size=")) || (value = str_after(word, "nr_inodes="))) {
		if (!is_tmpfs_size(value) || (word[0] == 'n' && strchr(value, '%')))
			return bad_mount(e, text, "its size is not a number with k, m, g or % behind it",
					 "write for example size=64m");
	} else if ((value = str_after(word, "mode="))) {
		r = value_mode(value, &mode, e);
	} else if ((value = str_after(word, "uid=")) || (value = str_after(word, "gid="))) {
		r = value_id(value, strlen(value), &id, e);
	} else {
		return bad_option(e, text, word, accepted);
	}
	return r < 0 ? err_prefix(e, "mount '%s'", text) : 0;
}

static struct spec_mount new_tmpfs(void)
{
	return (struct spec_mount){
		.type = "tmpfs",
		.source = "tmpfs",
		.attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
	};
}

/* options: cut in place */
static int tmpfs_options(struct arena *a, struct spec_mount *m, char *options, const char *text,
			 struct err *e)
{
	struct str data = { .arena = a };
	int r;

	for (char *word; (word = strsep(&options, ","));) {
		if (set_attr(m, word))
			continue;
		if (str_eq(word, "tmpcopyup") || str_eq(word, "notmpcopyup")) {
			m->copy_up = word[0] == 't';
			continue;
		}
		if ((r = check_tmpfs_data(word, text, e)) < 0)
			return r;
		str_addf(&data, "%s%s", data.len ? "," : "", word);
	}
	m->data = data.p;
	return 0;
}

int mount_parse_tmpfs(struct arena *a, const char *text, struct spec_mount *m, struct err *e)
{
	char *target = arena_strdup(a, text), *options = strchr(target, ':');
	int r;

	*m = new_tmpfs();
	if (options)
		*options++ = '\0';
	r = set_target(a, m, target, text, e);
	return r < 0 ? r : tmpfs_options(a, m, options, text, e);
}

int mount_parse_options(struct arena *a, const char *type, const char *text, struct spec_mount *m,
			struct err *e)
{
	char *options = *text ? arena_strdup(a, text) : NULL;
	int r = 0;

	if (str_eq(type, "tmpfs"))
		return tmpfs_options(a, m, options, text, e);
	m->recursive = true;
	for (char *word; r == 0 && (word = strsep(&options, ","));)
		r = volume_option_word(m, word, text, e);
	spread_readonly(m);
	return r;
}

/* The fields of a --mount, as given; a field without a value is "true". */
struct fields {
	const char *type, *source, *target, *readonly;
	const char *propagation, *recursive, *nonrecursive; /* bind */
	const char *size, *mode, *copy_up;                  /* tmpfs */
	const char *no_copy;                                /* volume */
};

static const struct {
	const char *key;
	size_t at;
	const char *type, *other; /* those that have it; NULL: all, and no other */
	bool flag;
} field_keys[] = {
	{ "type", offsetof(struct fields, type) },
	{ "source", offsetof(struct fields, source), "bind", "volume" },
	{ "src", offsetof(struct fields, source), "bind", "volume" },
	{ "target", offsetof(struct fields, target) },
	{ "destination", offsetof(struct fields, target) },
	{ "dst", offsetof(struct fields, target) },
	{ "readonly", offsetof(struct fields, readonly), .flag = true },
	{ "ro", offsetof(struct fields, readonly), .flag = true },
	{ "bind-propagation", offsetof(struct fields, propagation), "bind" },
	{ "bind-recursive", offsetof(struct fields, recursive), "bind" },
	{ "bind-nonrecursive", offsetof(struct fields, nonrecursive), "bind", .flag = true },
	{ "tmpfs-size", offsetof(struct fields, size), "tmpfs" },
	{ "tmpfs-mode", offsetof(struct fields, mode), "tmpfs" },
	{ "tmpcopyup", offsetof(struct fields, copy_up), "tmpfs", .flag = true },
	{ "volume-nocopy", offsetof(struct fields, no_copy), "volume", .flag = true },
};

static const char **field_at(struct fields *f, size_t key)
{
	return (const char **)((char *)f + field_keys[key].at);
}

/* Cut the next field off *rest, in place. A field in double quotes may have commas in it. */
static char *next_field(char **rest)
{
	char *field = *rest, *end;

	if (!field || *field != '"')
		return strsep(rest, ",");
	end = strchr(++field, '"');
	if (!end || (end[1] && end[1] != ','))
		return strsep(rest, ",");
	*rest = end[1] ? end + 2 : NULL;
	*end = '\0';
	return field;
}

static int read_field(struct fields *f, char *field, const char *text, struct err *e)
{
	char *value = strchr(field, '=');
	size_t i = 0;

	if (value)
		*value++ = '\0';
	while (i < ARRAY_LEN(field_keys) && !str_eq(field, field_keys[i].key))
		i++;
	if (i == ARRAY_LEN(field_keys))
		return bad_option(
			e, text, field,
			"write type=bind,source=SRC,target=DST, type=volume,source=NAME,target=DST or type=tmpfs,target=DST");
	if (!value && !field_keys[i].flag)
		return bad_mount(e, text, "a field has no value", "write each field as NAME=VALUE");
	*field_at(f, i) = value ? value : "true";
	return 0;
}

/* Read a flag's field; left alone where it wasn't given. */
static int field_flag(const char *given, bool *on, const char *text, struct err *e)
{
	if (!given || value_bool(given, on, e) == 0)
		return 0;
	return err_prefix(e, "mount '%s'", text);
}

/* bind-recursive: docker's four words. */
static bool set_recursive(struct spec_mount *m, const char *word)
{
	if (str_eq(word, "disabled"))
		m->recursive = m->attr_recursive = false;
	else if (str_eq(word, "writable"))
		m->attr_recursive = false;
	else
		return str_eq(word, "enabled") || str_eq(word, "readonly");
	return true;
}

static int build_bind(struct arena *a, const struct fields *f, const char *cwd, struct spec_mount *m,
		      const char *text, struct err *e)
{
	bool alone = false;
	int r;

	if (!f->source)
		return bad_mount(e, text, "it has no source", "add source=PATH");
	if ((r = set_source(a, m, f->source, cwd, text, e)) < 0 ||
	    (r = field_flag(f->nonrecursive, &alone, text, e)) < 0)
		return r;
	m->recursive = !alone;
	spread_readonly(m);
	if (f->propagation && !set_propagation(m, f->propagation))
		return bad_mount(e, text, "its propagation is not known",
				 "choose from: private rprivate slave rslave shared rshared");
	if (f->recursive && !set_recursive(m, f->recursive))
		return bad_mount(e, text, "its bind-recursive is not known",
				 "choose from: enabled disabled writable readonly");
	return 0;
}

static int build_tmpfs(struct arena *a, const struct fields *f, struct spec_mount *m, const char *text,
		       struct err *e)
{
	struct str data = { .arena = a };

	if (f->size)
		str_addf(&data, "size=%s", f->size);
	if (f->mode)
		str_addf(&data, "%smode=%s", data.len ? "," : "", f->mode);
	m->data = data.p;
	if (f->size && !is_tmpfs_size(f->size))
		return bad_mount(e, text, "its tmpfs-size is not a number with k, m, g or % behind it",
				 "write for example tmpfs-size=64m");
	if (f->mode && check_tmpfs_data(arena_printf(a, "mode=%s", f->mode), text, e) < 0)
		return -e->no;
	return field_flag(f->copy_up, &m->copy_up, text, e);
}

/* Every field that was given must belong to the type. */
static int check_fields(struct fields *f, const char *text, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(field_keys); i++) {
		if (field_keys[i].type && *field_at(f, i) && !str_eq(field_keys[i].type, f->type) &&
		    !str_eq(field_keys[i].other, f->type)) {
			err_set(e, "bad-mount-option", EINVAL, "mount '%s'", text);
			err_cause(e, "type=%s has no %s", f->type, field_keys[i].key);
			return err_hint(e, "leave it out");
		}
	}
	return 0;
}

static int build_volume(const struct fields *f, struct spec_mount *m, const char *text, struct err *e)
{
	int r = set_volume(m, f->source ? f->source : "", text, e);

	return r < 0 ? r : field_flag(f->no_copy, &m->no_copy, text, e);
}

/* docker's type, where none is said, is volume. */
static int check_type(struct fields *f, const char *text, struct err *e)
{
	if (!f->type)
		f->type = "volume";
	if (!str_eq(f->type, "bind") && !str_eq(f->type, "tmpfs") && !str_eq(f->type, "volume"))
		return bad_mount(e, text, "its type is not known",
				 "use type=bind, type=volume or type=tmpfs");
	if (!f->target)
		return bad_mount(e, text, "it has no target", "add target=PATH");
	return check_fields(f, text, e);
}

int mount_parse_fields(struct arena *a, const char *text, const char *cwd, struct spec_mount *m,
		       struct err *e)
{
	char *rest = arena_strdup(a, text), *field;
	struct fields f = { 0 };
	bool readonly = false;
	int r;

	while ((field = next_field(&rest)))
		if ((r = read_field(&f, field, text, e)) < 0)
			return r;
	if ((r = check_type(&f, text, e)) < 0)
		return r;
	*m = str_eq(f.type, "tmpfs") ? new_tmpfs() : (struct spec_mount){ .type = "bind" };
	if ((r = set_target(a, m, f.target, text, e)) < 0 ||
	    (r = field_flag(f.readonly, &readonly, text, e)) < 0)
		return r;
	set_attr(m, readonly ? "ro" : "rw");
	return str_eq(f.type, "bind")  ? build_bind(a, &f, cwd, m, text, e) :
	       str_eq(f.type, "tmpfs") ? build_tmpfs(a, &f, m, text, e) :
					 build_volume(&f, m, text, e);
}

static size_t depth(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/';
	return n;
}

int mount_sort(struct spec_mount *mounts, size_t n, struct err *e)
{
	for (size_t i = 1; i < n; i++) {
		struct spec_mount m = mounts[i];
		size_t j = i;

		for (size_t k = 0; k < i; k++) {
			if (str_eq(mounts[k].target, m.target)) {
				err_set(e, "duplicate-mount", EINVAL, "mount point %s", m.target);
				err_cause(e, "two mounts have it as their target");
				return err_hint(e, "leave one of them out");
			}
		}
		for (; j > 0 && depth(mounts[j - 1].target) > depth(m.target); j--)
			mounts[j] = mounts[j - 1];
		mounts[j] = m;
	}
	return 0;
}
