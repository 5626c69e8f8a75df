/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/volumes_from.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/mount.h>

#include "base/json.h"
#include "spec/mount.h"
#include "state/record_parts.h"

static void add_word(struct str *words, const char *word)
{
	if (word && *word)
		str_addf(words, "%s%s", words->len ? "," : "", word);
}

/* The words of what record_wish_mounts() wrote, as --volume has them. */
static const char *options_of(struct arena *a, json_object *wish)
{
	struct str words = { .arena = a };
	json_object *list;

	add_word(&words, record_get_str(a, wish, "Mode"));
	add_word(&words, record_get_str(a, wish, "Propagation"));
	if (json_object_object_get_ex(wish, "Options", &list) && json_object_is_type(list, json_type_array))
		for (size_t i = 0; i < json_object_array_length(list); i++)
			add_word(&words, json_object_get_string(json_object_array_get_idx(list, i)));
	return words.p ? words.p : "";
}

/* 1: it is one of those that others get; 0: a tmpfs, which nobody else does; -EINVAL. */
static int mount_of(struct arena *a, json_object *wish, bool readonly, struct spec_mount *m, struct err *e)
{
	const char *type = record_get_str(a, wish, "Type");
	int r;

	*m = (struct spec_mount){ .type = type,
				  .source = record_get_str(a, wish, "Source"),
				  .volume = record_get_str(a, wish, "Name"),
				  .target = record_get_str(a, wish, "Destination") };
	if (!str_eq(type, "bind") && !str_eq(type, "volume"))
		return 0;
	if (!m->source || !m->target || !m->volume != str_eq(type, "bind"))
		return err_set(e, "record-bad", EBADMSG, "read the recorded mounts"),
		       err_cause(e, "one has no source, no destination, or no name");
	if ((r = mount_parse_options(a, "bind", options_of(a, wish), m, e)) < 0)
		return r;
	m->recursive &= !m->volume;
	m->attr |= readonly ? MOUNT_ATTR_RDONLY : 0;
	m->attr_recursive = m->recursive && (m->attr & MOUNT_ATTR_RDONLY);
	return 1;
}

/* One's own -v counts, and of several containers the last. `own`: how many are one's own. */
static void take_mount(struct arena *a, struct spec *s, size_t own, struct spec_mount m)
{
	for (size_t i = 0; i < s->n_mounts; i++) {
		if (!str_eq(s->mounts[i].target, m.target))
			continue;
		if (i >= own)
			s->mounts[i] = m;
		return;
	}
	arena_push(a, s->mounts, s->n_mounts, m);
}

static int take_volumes(struct arena *a, struct spec *s, size_t own, const struct record *rec, bool readonly,
			struct err *e)
{
	json_object *mounts = json_from_text(rec->mounts, strlen(rec->mounts), e);
	int r = mounts ? 0 : -e->no;

	for (size_t i = 0; mounts && r >= 0 && i < json_object_array_length(mounts); i++) {
		struct spec_mount m;

		if ((r = mount_of(a, json_object_array_get_idx(mounts, i), readonly, &m, e)) == 1)
			take_mount(a, s, own, m);
	}
	json_object_put(mounts);
	return r < 0 ? err_prefix(e, "take the volumes of container %s", rec->name) : 0;
}

int volumes_from(struct state *st, struct arena *a, struct spec *s, struct err *e)
{
	size_t own = s->n_mounts;
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->volumes_from.n; i++) {
		const char *name = s->volumes_from.v[i], *end = strchrnul(name, ':');
		struct record rec;
		struct container c;

		if ((r = container_find(&c, st, a, arena_strndup(a, name, (size_t)(end - name)), e)) < 0)
			return r;
		if ((r = record_read(&c, a, &rec, e)) == 0 && rec.mounts)
			r = take_volumes(a, s, own, &rec, str_eq(end, ":ro"), e);
		container_close(&c);
	}
	return r < 0 || !s->volumes_from.n ? r : mount_sort(s->mounts, s->n_mounts, e);
}
