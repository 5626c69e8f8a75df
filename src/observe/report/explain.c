/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/report/explain.h"

#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

static const struct {
	const char *key, *title;
	void (*ask)(struct explanation *x); /* NULL: the one before it fills this, too */
} topics[] = {
	[EXPLAIN_WHO] = { "who", "who it is", explain_who },
	[EXPLAIN_NAMESPACES] = { "namespaces", "what it sees", explain_namespaces },
	[EXPLAIN_IDS] = { "ids", "whom it is taken for", explain_ids },
	[EXPLAIN_LIMITS] = { "limits", "what it may use", explain_limits },
	[EXPLAIN_MOUNTS] = { "mounts", "the file system where it lives", explain_mounts },
	[EXPLAIN_CAPABILITIES] = { "capabilities", "what it may do", explain_rights },
	[EXPLAIN_SECURITY] = { "security", "what it may not do", NULL },
	[EXPLAIN_HOST_ROOT] = { "host_root", "is it in effect root on the host?", explain_host_root },
	[EXPLAIN_NETWORK] = { "network", "whom it reaches", explain_network },
};
_Static_assert(ARRAY_LEN(topics) == EXPLAIN_TOPICS, "every topic has a title");

void explain(const struct world *w, const struct world_target *t, struct explanation *out)
{
	*out = (struct explanation){ .arena = w->arena, .world = w, .target = t };
	for (size_t i = 0; i < EXPLAIN_TOPICS; i++)
		if (topics[i].ask)
			topics[i].ask(out);
}

/* ---- for the topics ---- */

struct explain_answer *explain_add(struct explanation *x, enum explain_topic topic, const char *name,
				   const char *value)
{
	struct explain_answer a = { .name = name, .value = value };

	arena_push(x->arena, x->topic[topic].v, x->topic[topic].n, a);
	return &x->topic[topic].v[x->topic[topic].n - 1];
}

void explain_more(struct explanation *x, struct explain_answer *a, const char *name, const char *value)
{
	if (value)
		arena_push(x->arena, a->more, a->n_more, ((struct world_setting){ name, value }));
}

const char *explain_say(struct explanation *x, const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(x->arena, fmt, ap);
	va_end(ap);
	return text;
}

const char *explain_word(struct explanation *x, const char *text)
{
	return str_shell(&(struct str){ .arena = x->arena }, text);
}

const char *explain_cat(struct explanation *x, const char *file)
{
	return explain_say(x, "cat %s", explain_word(x, file));
}

const char *explain_bytes(struct explanation *x, uint64_t n)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	unsigned unit = 0;
	double value = (double)n;

	for (; value >= 1024 && unit + 1 < ARRAY_LEN(units); unit++)
		value /= 1024;
	return explain_say(x, value == (double)(uint64_t)value ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

const struct world_process *explain_host(const struct explanation *x)
{
	const struct world_process *p = world_process_of(x->world, 1);

	return p && p->ns[WORLD_NS_MNT] ? p : world_process_of(x->world, (int64_t)x->world->self);
}

/* ---- for a person ---- */

/* next: the answer behind it, or NULL. What shows several answers in a row is told behind the last of them. */
static void add_answer(const struct explain_answer *a, const struct explain_answer *next, const char *margin,
		       struct str *out)
{
	str_addf(out, "%s%-14s ", margin, str_visible(out, a->name));
	str_add_visible(out, a->value);
	str_addf(out, "%s%s\n", a->warning ? "  ! " : "", a->warning ? str_visible(out, a->warning) : "");
	if (a->command && !(next && str_eq(a->command, next->command)))
		str_addf(out, "%s%-14s $ %s\n", margin, "", str_visible(out, a->command));
	else if (!a->command && a->from && !(next && !next->command && str_eq(a->from, next->from)))
		str_addf(out, "%s%-14s from %s\n", margin, "", str_visible(out, a->from));
}

void explain_text(const struct explanation *x, const char *margin, struct str *out)
{
	for (size_t i = 0; i < EXPLAIN_TOPICS; i++) {
		if (!x->topic[i].n)
			continue;
		str_addf(out, "%s---- %s: %s\n", margin, topics[i].key, topics[i].title);
		for (size_t k = 0; k < x->topic[i].n; k++)
			add_answer(&x->topic[i].v[k], k + 1 < x->topic[i].n ? &x->topic[i].v[k + 1] : NULL,
				   margin, out);
		str_addf(out, "%.*s\n", (int)strcspn(margin, " "), margin);
	}
	for (size_t i = 0; i < x->world->unread.n; i++)
		str_addf(out, "%snot read: %s\n", margin, str_visible(out, x->world->unread.v[i]));
}

/* ---- for a program ---- */

static void add_member(const char *separator, const char *name, const char *value, struct str *out)
{
	str_add(out, separator);
	json_add_string(out, name);
	str_add(out, ": ");
	json_add_string(out, value);
}

static void add_object(const struct explain_answer *a, struct str *out)
{
	add_member("{", "name", a->name, out);
	add_member(", ", "value", a->value, out);
	for (size_t i = 0; i < a->n_more; i++)
		add_member(", ", a->more[i].name, a->more[i].value, out);
	if (a->warning)
		add_member(", ", "warning", a->warning, out);
	if (a->from)
		add_member(", ", "from", a->from, out);
	if (a->command)
		add_member(", ", "command", a->command, out);
	str_add(out, "}");
}

void explain_json(const struct explanation *x, struct str *out)
{
	for (size_t i = 0; i < EXPLAIN_TOPICS; i++) {
		str_addf(out, "%s\"%s\": [", i ? ",\n " : "", topics[i].key);
		for (size_t k = 0; k < x->topic[i].n; k++) {
			str_add(out, k ? ",\n  " : "\n  ");
			add_object(&x->topic[i].v[k], out);
		}
		str_add(out, "]");
	}
	str_add(out, ",\n \"unread\": [");
	for (size_t i = 0; i < x->world->unread.n; i++) {
		str_add(out, i ? ", " : "");
		json_add_string(out, x->world->unread.v[i]);
	}
	str_add(out, "]");
}
