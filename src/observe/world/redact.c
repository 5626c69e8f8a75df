/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/world/redact.h"

#include <string.h>

#include "observe/world/read.h"
#include "observe/world/shape.h"

/* Over all of a world, by the table of its members. Rules hold addresses and names within bytes: redact_rules.c. */

static void redact_texts(struct redact *r, struct strv *v)
{
	const char **to = arena_array(r->arena, const char *, v->n + 1);

	for (size_t i = 0; i < v->n; i++)
		to[i] = redact_text(r, v->v[i]);
	v->v = to;
}

static void redact_lines(struct redact *r, struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		v->v[i] = redact_line(r, v->v[i]);
}

static void redact_settings(struct redact *r, struct world_setting *list, size_t n, bool values)
{
	for (size_t i = 0; i < n; i++) {
		list[i].name = redact_setting_name(r, list[i].name);
		if (values)
			list[i].value = redact_text(r, list[i].value);
	}
}

static void redact_struct(struct redact *r, enum shape_id id, void *p);

static void redact_list(struct redact *r, enum shape_id id, void *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		redact_struct(r, id, (char *)list + i * shape_of(id)->size);
}

static void redact_member(struct redact *r, const struct member *m, void *p)
{
	void *at = (char *)p + m->offset;
	size_t n = m->count ? *(size_t *)((char *)p + m->count) : 0;
	bool hide = m->redact == HIDE;

	switch ((enum member_type)m->type) {
	case MEMBER_TEXT:
	case MEMBER_STR:
		if (hide)
			*(const char **)at = redact_text(r, *(const char **)at);
		break;
	case MEMBER_IP:
		*(struct ip *)at = redact_ip(r, *(struct ip *)at);
		break;
	case MEMBER_TEXTS:
		if (hide)
			redact_texts(r, at);
		break;
	case MEMBER_SETTINGS:
		redact_settings(r, *(struct world_setting **)at, n, hide);
		break;
	case MEMBER_PART:
		redact_struct(r, (enum shape_id)m->of, at);
		break;
	case MEMBER_LIST:
		redact_list(r, (enum shape_id)m->of, *(void **)at, n);
		break;
	default:
		break;
	}
}

static void redact_struct(struct redact *r, enum shape_id id, void *p)
{
	switch (id) {
	case SHAPE_TABLE:
		return redact_table(r, p);
	case SHAPE_XT_TABLE:
		return redact_xtable(r, p);
	case SHAPE_IPSET:
		return redact_ipset(r, p);
	default:
		for (const struct member *m = shape_of(id)->members; m->type != MEMBER_END; m++)
			redact_member(r, m, p);
	}
}

static void redact_mounts(struct redact *r, struct world_mountns *ns)
{
	for (size_t i = 0; i < ns->n_mounts; i++)
		ns->mounts[i].options = redact_options(r, ns->mounts[i].options);
}

static void know(struct redact *r, const char *name)
{
	if (name)
		strv_push(r->arena, &r->known, name);
}

void world_redact(struct world *w)
{
	struct redact r;

	redact_start(&r, w->arena);
	for (size_t i = 0; i < w->n_netns; i++)
		know(&r, w->netns[i].name);
	for (size_t i = 0; i < w->n_containers; i++) {
		know(&r, w->containers[i].name);
		know(&r, w->containers[i].id);
	}
	redact_struct(&r, SHAPE_WORLD, w);
	for (size_t i = 0; i < w->n_mountns; i++)
		redact_mounts(&r, &w->mountns[i]);
	redact_lines(&r, &w->unread);
	explicit_bzero(r.key, sizeof(r.key));
	w->is_redacted = true;
}
