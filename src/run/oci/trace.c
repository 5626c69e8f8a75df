/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/trace.h"

#include <string.h>

void oci_trace(struct arena *a, const struct oci_warn *warn, const char *fmt, ...)
{
	va_list ap;

	if (!warn->debug)
		return;
	va_start(ap, fmt);
	warn->debug(warn->arg, arena_vprintf(a, fmt, ap));
	va_end(ap);
}

static void trace_step(const struct oci_warn *warn, const struct plan *p, const struct step *s)
{
	const struct step_ops *ops = step_ops(s->kind);
	struct str text = { .arena = p->arena };
	char *save, *line;

	if (ops->program) {
		oci_trace(p->arena, warn, "step %s: %s", ops->name, ops->program(s));
		return;
	}
	ops->show(s, &text);
	if (!text.p)
		return;
	for (line = strtok_r(text.p, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		oci_trace(p->arena, warn, "step %s: %s", ops->name, line);
}

void oci_trace_plan(const struct oci_warn *warn, const struct plan *p)
{
	for (size_t i = 0; warn->debug && i < p->count; i++)
		trace_step(warn, p, &p->steps[i]);
}
