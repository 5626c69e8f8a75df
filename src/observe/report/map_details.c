/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What a map tells beside its boxes: details, and what is wrong in sentences. */
#include "base/utf8.h"
#include "observe/report/map_words.h"

enum { MORE_MAX = 40, UNREAD_MAX = 5, LISTED = 6 }; /* how many are named */

static void add_detail(struct str *s, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	str_addf(s, "%s%s: ", s->len ? "\n" : "", name);
	str_add_visible(s, value);
}

static void add_number(struct str *s, const char *name, uint64_t value)
{
	if (value)
		add_detail(s, name, arena_printf(s->arena, "%llu", (unsigned long long)value));
}

static void add_link(const struct map *m, struct str *s, const struct map_end *end)
{
	const struct world_link *l = end->link;

	add_detail(s, "link", l->name);
	add_detail(s, "kind", map_link_words(m, end));
	add_detail(s, "state", l->operstate);
	add_detail(s, "alias", l->alias);
	add_detail(s, "MAC", l->mac);
	add_number(s, "MTU", l->mtu);
	for (size_t i = 0; i < end->n_addrs; i++)
		add_detail(s, "address", map_addr(m, end, i));
}

static void add_container(struct str *s, const struct world_container *c)
{
	add_detail(s, "container", c->name);
	add_detail(s, "engine", c->engine);
	add_detail(s, "id", c->id);
	add_detail(s, "image", c->image);
	add_detail(s, "status", c->status);
}

const char *map_details(const struct map *m, const struct map_node *n, const struct map_end *end)
{
	struct str s = { .arena = m->arena };

	for (size_t i = 0;
	     n && n->kind == MAP_NETNS && !n->ns->is_host && i < n->n_containers && i < MORE_MAX; i++)
		add_container(&s, n->containers[i]);
	if (n && n->ns) {
		add_detail(&s, "namespace",
			   n->ns->is_host ? "host" :
			   n->ns->name    ? n->ns->name :
					    n->ns->path);
		add_number(&s, "inode", n->ns->inode);
		add_number(&s, "process", n->ns->pid > 0 ? n->ns->pid : 0);
	}
	if (end)
		add_link(m, &s, end);
	return str_get(&s);
}

const char *map_more_details(const struct map *m, const struct map_branch *b)
{
	struct str s = { .arena = m->arena };

	for (size_t i = 0; i < b->more && i < MORE_MAX; i++)
		if ((ssize_t)b->folded[i] != MAP_NONE)
			str_addf(&s, "%s%s", s.len ? "\n" : "", map_title(m, &m->nodes[b->folded[i]]));
	if (b->more > MORE_MAX)
		str_addf(&s, "\n… %zu more", b->more - MORE_MAX);
	return str_get(&s);
}

static void add(const struct map *m, struct map_lines *out, enum map_tone tone, const char *text)
{
	arena_push(m->arena, out->v, out->n, ((struct map_line){ .text = text, .tone = tone }));
}

/* ---- what is wrong, in sentences ---- */

/* All findings of one code with one effect: a sentence for whom they concern. */
struct fault {
	const struct finding *first;
	struct str whom;
	size_t n;
};

static bool is_alike(const struct finding *a, const struct finding *b)
{
	return a->certainty == b->certainty && str_eq(a->code, b->code) &&
	       (a->effect == b->effect || str_eq(a->effect, b->effect));
}

static void add_whom(struct fault *fault, const struct finding *f)
{
	if (fault->n++ >= LISTED)
		return;
	str_add(&fault->whom, fault->n > 1 ? "; " : "");
	str_add_visible(&fault->whom, f->target);
	if (f->object)
		str_add(&fault->whom, f->target ? " " : "");
	str_add_visible(&fault->whom, f->object);
}

static void add_fault(const struct map *m, const struct fault *fault, struct map_lines *out)
{
	const struct finding *f = fault->first;
	bool sure = f->certainty == CERTAINTY_FAULT;
	struct str s = { .arena = m->arena };

	str_add(&s, sure ? "✗ " : "? ");
	str_add_visible(&s, f->code);
	str_addf(&s, ": %s", str_get(&fault->whom));
	if (fault->n > LISTED)
		str_addf(&s, "; … %zu more", fault->n - LISTED);
	if (f->effect) {
		str_add(&s, ": ");
		str_add_visible(&s, f->effect);
	}
	add(m, out, sure ? MAP_FAULT : MAP_DOUBT, str_get(&s));
}

/* There are as many sentences as codes, at most. */
static void add_faults(const struct map *m, struct map_lines *out)
{
	struct fault *faults = NULL;
	size_t n = 0, at;

	for (size_t i = 0; m->findings && i < m->findings->n; i++) {
		const struct finding *f = &m->findings->v[i];

		for (at = 0; at < n && !is_alike(faults[at].first, f); at++)
			;
		if (at == n)
			arena_push(m->arena, faults, n,
				   ((struct fault){ .first = f, .whom = { .arena = m->arena } }));
		add_whom(&faults[at], f);
	}
	for (size_t i = 0; i < n; i++)
		add_fault(m, &faults[i], out);
}

void map_legend(const struct map *m, struct map_lines *out)
{
	const struct strv *unread = &m->world->unread;

	add_faults(m, out);
	for (size_t i = 0; i < unread->n && i < UNREAD_MAX; i++) {
		struct str s = { .arena = m->arena };

		str_add(&s, "not read: ");
		str_add_visible(&s, unread->v[i]);
		add(m, out, MAP_DIM, str_get(&s));
	}
	if (unread->n > UNREAD_MAX)
		add(m, out, MAP_DIM, arena_printf(m->arena, "… %zu more not read", unread->n - UNREAD_MAX));
}
