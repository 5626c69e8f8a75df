/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * The plan as an explanation in sections: what a container consists of, each part with the command that
 * makes it, and on request with what the kernel says of it.
 */
#include "plan/plan.h"

#include <string.h>

#include "base/json.h"
#include "plan/compare.h"

static const struct {
	const char *name, *title;
} section[] = {
	[SECTION_LIMITS] = { "limits", "what it may use" },
	[SECTION_ISOLATION] = { "isolation", "what it sees" },
	[SECTION_ROOT] = { "root", "the file system where it lives" },
	[SECTION_NETWORK] = { "network", "whom it reaches" },
	[SECTION_SECURITY] = { "security", "what it may do" },
};
_Static_assert(ARRAY_LEN(section) == SECTION_COUNT, "every section has a title");

static const char *const finding_name[] = {
	[FOUND_AS_PLANNED] = "ok",
	[FOUND_MISSING] = "missing",
	[FOUND_DIFFERENT] = "different",
	[FOUND_UNKNOWN] = "-",
};
_Static_assert(ARRAY_LEN(finding_name) == FOUND_UNKNOWN + 1, "every finding has a word");

static const char *const side_name[] = { [SIDE_HOST] = "host", [SIDE_INIT] = "init" };
static const char *const life_name[] = {
	[LIFE_DIES] = "dies", [LIFE_OWNED] = "owned", [LIFE_SHARED] = "shared"
};

/* A step with its lines, and what was found. */
struct view {
	const struct step *step;
	struct str lines, text;
	enum found finding;
};

/* "$pid", and "$$" of a line that the first process wrote about itself. */
static size_t pid_variable(const char *p)
{
	if (strncmp(p, "$pid", 4) == 0)
		return 4;
	return strncmp(p, "$$", 2) == 0 ? 2 : 0;
}

/* What a running container's first process did in a namespace of its own can be typed on the host: in
 * that. */
static void add_lines(const struct step *s, pid_t pid, const char *text, struct str *out)
{
	const char *ns = pid ? step_ops(s->kind)->ns : NULL;
	bool begins = true;

	for (const char *p = text; *p;) {
		size_t n = pid ? pid_variable(p) : 0;

		if (begins && ns && *p != '#')
			str_addf(out, "nsenter --target %d --%s ", pid, ns);
		begins = *p == '\n';
		if (n)
			str_addf(out, "%d", pid);
		else
			str_addn(out, p, 1);
		p += n ? n : 1;
	}
}

/* Whatever a container wrote that came into the text writes nothing to a terminal. The kernel's own tabs
 * read as blanks. */
static void make_printable(const struct str *text)
{
	for (size_t i = 0; i < text->len; i++)
		if ((unsigned char)text->p[i] < ' ' || text->p[i] == 0x7f)
			text->p[i] = text->p[i] == '\t' ? ' ' : '?';
}

static struct view view_of(const struct step *s, struct target *t, bool check)
{
	const struct step_ops *ops = step_ops(s->kind);
	struct view v = {
		.step = s, .lines.arena = t->arena, .text.arena = t->arena, .finding = FOUND_UNKNOWN
	};
	struct str raw = { .arena = t->arena };

	ops->show(s, &raw);
	add_lines(s, t->pid, str_get(&raw), &v.lines);
	if (check && !t->pid && ops->life == LIFE_DIES)
		v.finding = FOUND_MISSING;
	else if (check && ops->read)
		v.finding = step_check(s, t, &v.text);
	make_printable(&v.text);
	return v;
}

static bool is_wrong(const struct view *v)
{
	return v->finding == FOUND_MISSING || v->finding == FOUND_DIFFERENT;
}

/* The barriers between the two sides are over once the container runs. */
static bool is_shown(const struct step *s)
{
	return step_ops(s->kind)->read != NULL;
}

/* ---- for a person ---- */

/* Every line behind a margin that holds the mark, in the first line that is no comment. */
static void add_marked(const struct view *v, struct str *out)
{
	const char *mark = finding_name[v->finding], *lines = str_get(&v->lines);

	if (v->step->note)
		str_addf(out, "%10s# %s\n", "", v->step->note);
	for (const char *p = lines, *end; *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, '\n');
		str_addf(out, "%-10s%.*s\n", mark, (int)(end - p), p);
		mark = "";
	}
	if (v->finding != FOUND_AS_PLANNED && v->text.len)
		str_addf(out, "%10s# %s: %s\n", "", is_wrong(v) ? "now" : "not known", v->text.p);
}

static void add_plain(const struct view *v, struct str *out)
{
	if (v->step->note)
		str_addf(out, "# %s\n", v->step->note);
	str_add(out, str_get(&v->lines));
}

unsigned plan_explain(const struct plan *p, struct target *t, bool check, struct str *out)
{
	unsigned wrong = 0;

	t->plan = p;
	for (int n = 0; n < SECTION_COUNT; n++) {
		str_addf(out, "%s# ---- %s: %s\n", n ? "\n" : "", section[n].name, section[n].title);
		for (size_t i = 0; i < p->count; i++) {
			const struct step *s = &p->steps[i];

			if ((int)step_ops(s->kind)->section != n || !is_shown(s))
				continue;
			struct view v = view_of(s, t, check);
			(check ? add_marked : add_plain)(&v, out);
			wrong += is_wrong(&v);
		}
	}
	return wrong;
}

/* ---- for a program ---- */

static void add_object(const struct view *v, bool check, struct str *out)
{
	const struct step_ops *ops = step_ops(v->step->kind);
	const char *separator = "";

	str_addf(out, "  {\"step\": \"%s\", \"section\": \"%s\", \"side\": \"%s\", \"life\": \"%s\"",
		 ops->name, section[ops->section].name, side_name[ops->side], life_name[ops->life]);
	if (v->step->note) {
		str_add(out, ", \"note\": ");
		json_add_string(out, v->step->note);
	}
	if (check)
		str_addf(out, ", \"check\": \"%s\"",
			 v->finding == FOUND_UNKNOWN ? "unknown" : finding_name[v->finding]);
	if (v->finding != FOUND_AS_PLANNED && v->text.len) {
		str_add(out, is_wrong(v) ? ", \"now\": " : ", \"why\": ");
		json_add_string(out, v->text.p);
	}
	str_add(out, ",\n   \"shell\": [");
	for (const char *p = str_get(&v->lines), *end; *p; p = *end ? end + 1 : end) {
		end = strchrnul(p, '\n');
		str_add(out, separator);
		json_add_string(out, arena_strndup(out->arena, p, end - p));
		separator = ", ";
	}
	str_add(out, "]}");
}

unsigned plan_explain_json(const struct plan *p, struct target *t, bool check, struct str *out)
{
	unsigned wrong = 0;
	const char *separator = "[\n";

	t->plan = p;
	for (size_t i = 0; i < p->count; i++) {
		if (!is_shown(&p->steps[i]))
			continue;
		struct view v = view_of(&p->steps[i], t, check);

		str_add(out, separator);
		add_object(&v, check, out);
		wrong += is_wrong(&v);
		separator = ",\n";
	}
	str_add(out, "\n ]");
	return wrong;
}
