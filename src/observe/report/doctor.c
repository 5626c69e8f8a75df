/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/report/doctor.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

static const char *const certainty_name[] = {
	[CERTAINTY_FAULT] = "fault", [CERTAINTY_SUSPICION] = "suspicion"
};

/* ---- lines of steps ---- */

static struct str show(const struct plan *p, size_t i, bool undo, struct arena *a)
{
	const struct step_ops *ops = step_ops(p->steps[i].kind);
	struct str text = { .arena = a };

	if (!undo)
		ops->show(&p->steps[i], &text);
	else if (ops->show_undo)
		ops->show_undo(&p->steps[i], &text);
	return text;
}

/* Each line to fn. */
static void each_line(const struct plan *p, bool undo, struct arena *a,
		      void (*fn)(const char *line, void *arg), void *arg)
{
	for (size_t n = 0; n < p->count; n++) {
		struct str text = show(p, undo ? p->count - 1 - n : n, undo, a);
		const char *end;

		for (const char *line = str_get(&text); *line; line = end + (*end == '\n')) {
			end = strchrnul(line, '\n');
			fn(arena_strndup(a, line, (size_t)(end - line)), arg);
		}
	}
}

struct lines {
	const char *indent;
	struct str *out;
	unsigned n;
};

/* Tabs stand where a repair is of several lines, and hide nothing. */
static void add_line(const char *line, void *arg)
{
	struct lines *l = arg;

	str_add(l->out, l->indent);
	for (const char *tab; (tab = strchr(line, '\t')); line = tab + 1) {
		str_add_visible(l->out, arena_strndup(l->out->arena, line, (size_t)(tab - line)));
		str_add(l->out, "\t");
	}
	str_add_visible(l->out, line);
	str_add(l->out, "\n");
}

void doctor_lines(const struct plan *p, bool undo, const char *indent, struct str *out)
{
	each_line(p, undo, out->arena, add_line, &(struct lines){ indent, out, 0 });
}

/* ---- text ---- */

static void text_of(const struct finding *f, struct str *out)
{
	str_add_visible(out, f->target);
	str_addf(out, ": %s: ", f->code);
	str_add_visible(out, f->object);
	str_add(out, f->certainty == CERTAINTY_SUSPICION ? " (suspicion)\n" : "\n");
	for (size_t i = 0; i < f->evidence.n; i++)
		str_addf(out, "    %s\n", str_visible(out, f->evidence.v[i]));
	if (f->effect)
		str_addf(out, "  effect: %s\n", f->effect);
	if (f->repair.count) {
		str_add(out, "  repair:\n");
		doctor_lines(&f->repair, false, "    ", out);
	}
	if (f->advice)
		str_addf(out, "  advice: %s\n", str_visible(out, f->advice));
	str_add(out, "\n");
}

void doctor_text(const struct findings *f, struct str *out)
{
	for (size_t i = 0; i < f->n; i++)
		text_of(&f->v[i], out);
}

unsigned doctor_faults(const struct findings *f)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->v[i].certainty == CERTAINTY_FAULT;
	return n;
}

void doctor_sum(const struct findings *f, struct str *out)
{
	unsigned faults = doctor_faults(f), suspicions = (unsigned)f->n - faults;

	if (!f->n) {
		str_add(out, "healthy\n");
		return;
	}
	if (faults)
		str_addf(out, "%u fault%s", faults, faults == 1 ? "" : "s");
	if (suspicions)
		str_addf(out, "%s%u suspicion%s", faults ? ", " : "no fault, ", suspicions,
			 suspicions == 1 ? "" : "s");
	str_add(out, "\n");
}

/* ---- JSON ---- */

static void json_line(const char *line, void *arg)
{
	struct lines *l = arg;

	str_add(l->out, l->n++ ? ", " : "");
	json_add_string(l->out, line);
}

static void add_member(struct str *out, const char *name, const char *text)
{
	str_addf(out, ", \"%s\": ", name);
	json_add_string(out, text);
}

static void json_of(const struct finding *f, struct str *out)
{
	struct lines lines = { .out = out };

	str_addf(out, "{\"code\": \"%s\", \"certainty\": \"%s\"", f->code, certainty_name[f->certainty]);
	add_member(out, "target", f->target);
	add_member(out, "object", f->object);
	str_add(out, ", \"evidence\": [");
	for (size_t i = 0; i < f->evidence.n; i++) {
		str_add(out, i ? ", " : "");
		json_add_string(out, f->evidence.v[i]);
	}
	str_add(out, "]");
	add_member(out, "effect", f->effect);
	str_add(out, ", \"repair\": [");
	each_line(&f->repair, false, out->arena, json_line, &lines);
	str_add(out, "]");
	if (f->advice)
		add_member(out, "advice", f->advice);
	str_add(out, "}");
}

void doctor_json(const struct findings *f, struct str *out)
{
	str_add(out, "[");
	for (size_t i = 0; i < f->n; i++) {
		str_add(out, i ? ",\n " : "");
		json_of(&f->v[i], out);
	}
	str_add(out, "]\n");
}
