/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/report/trace.h"

#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

/* ---- text ---- */

static size_t width_of(struct str *out, const struct walk *w)
{
	size_t width = 4;

	for (size_t i = 0; i < w->n_hops; i++) {
		size_t n = w->hops[i].netns ? strlen(str_visible(out, w->hops[i].netns)) : 0;

		if (n > width && n <= 24)
			width = n;
	}
	return width;
}

/* Is it in the text, and not as a part of another name? */
static bool tells(const char *text, const char *object)
{
	size_t n = strlen(object);
	const char *at = text;

	while (n && at && (at = strstr(at, object))) {
		if ((at == text || at[-1] == ' ') && (!at[n] || strchr(" ,:'", at[n])))
			return true;
		at += n;
	}
	return n == 0;
}

static void add_hop(struct str *out, const struct walk_hop *hop, size_t width)
{
	static const char *const marks[] = { " ", "x", "?" };

	str_addf(out, "%s %-*s  %-9s  ", marks[hop->verdict], (int)width,
		 hop->netns ? str_visible(out, hop->netns) : "", hop->layer);
	if (hop->object && hop->text && !tells(hop->text, hop->object))
		str_addf(out, "%s: ", str_visible(out, hop->object));
	str_add_visible(out, hop->text);
	if (hop->decided)
		str_addf(out, "  [%s]", str_visible(out, hop->decided));
	str_add(out, "\n");
}

/* The sentence of the hop that decided: the last one. */
static void add_verdict(struct str *out, const struct walk *w)
{
	const struct walk_hop *last = w->n_hops ? &w->hops[w->n_hops - 1] : NULL;

	str_add(out, walk_verdict_name(w->verdict));
	if (w->verdict == WALK_ARRIVES) {
		if (w->out)
			str_addf(out, ": it leaves the machine by %s, and the reply can come back",
				 str_visible(out, w->out));
	} else if (last) {
		str_addf(out, "%s: %s", last->is_reply ? " on the way back" : "",
			 last->netns ? str_visible(out, last->netns) : "");
		if (w->object)
			str_addf(out, ": %s", str_visible(out, w->object));
		str_addf(out, ": %s", str_visible(out, w->reason ? w->reason : last->text ? last->text : ""));
		if (w->code)
			str_addf(out, " [%s]", w->code);
	}
	str_add(out, "\n");
}

/* ---- what was really sent ---- */

static bool agrees(const struct walk *w, const struct trace_probe *p)
{
	if (p->can_be_silent && !p->is_answered && !p->refused)
		return true;
	return w->verdict == WALK_UNKNOWN || (w->verdict == WALK_ARRIVES) == p->is_answered;
}

void trace_compare(struct walk *w, struct trace_probe *p)
{
	p->agrees = agrees(w, p);
	if (p->agrees)
		return;
	w->verdict = WALK_UNKNOWN;
	w->reason = p->is_answered ? "the walk ends here, and yet the kernel brought the answer" :
				     "the walk arrives, and yet no answer came from the kernel";
}

static void add_outcome(struct str *out, const struct trace_probe *p)
{
	if (p->is_answered)
		str_add(out, "the answer came back");
	else if (p->refused)
		str_addf(out, "no answer, but an error: %s", p->refused);
	else
		str_addf(out, "no answer within a second%s",
			 p->can_be_silent ? ", which UDP need not give" : "");
}

/* The words of skb:kfree_skb. */
static void add_reasons(struct str *out, const struct trace_probe *p)
{
	if (p->is_answered)
		return;
	str_add(out, "  the kernel's reason: ");
	for (size_t i = 0; i < p->reasons.n; i++)
		str_addf(out, "%s%s", i ? ", " : "", str_visible(out, p->reasons.v[i]));
	if (p->no_reasons)
		str_addf(out, "could not look: %s", p->no_reasons);
	else if (!p->reasons.n)
		str_add(out, "it threw nothing away while it sent");
	str_add(out, "\n");
}

static void add_probe(struct str *out, const struct walk *w, const struct trace_probe *p)
{
	str_add(out, "really sent:\n");
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct trace_rule *r = &p->rules[i];

		str_addf(out, "%s %s: %s: ", r->is_drop ? "x" : " ", str_visible(out, r->netns),
			 str_visible(out, r->chain));
		if (r->handle)
			str_addf(out, "rule with handle %lu: %s\n", (unsigned long)r->handle, r->verdict);
		else
			str_addf(out, "policy %s\n", r->verdict);
	}
	add_reasons(out, p);
	str_add(out, "  ");
	add_outcome(out, p);
	str_addf(out, ": %s\n", p->agrees ? "as the walk has it" : "the walk and the kernel DISAGREE");
}

void trace_text(struct str *out, const struct walk *w, const struct trace_probe *p)
{
	size_t width = width_of(out, w);
	bool was_reply = true;

	for (size_t i = 0; i < w->n_hops; i++) {
		if (i == 0 || w->hops[i].is_reply != was_reply)
			str_add(out, w->hops[i].is_reply ? "back:\n" : "there:\n");
		was_reply = w->hops[i].is_reply;
		add_hop(out, &w->hops[i], width);
	}
	if (p)
		add_probe(out, w, p);
	add_verdict(out, w);
}

/* ---- JSON ---- */

static void add_member(struct str *out, const char *name, const char *value)
{
	if (!value)
		return;
	str_addf(out, ", \"%s\": ", name);
	json_add_string(out, value);
}

static void add_address(struct str *out, const char *name, struct ip ip)
{
	char buf[IP_TEXT];

	if (ip_is(ip))
		add_member(out, name, ip_text(ip, buf));
}

static void add_probe_json(struct str *out, const struct walk *w, const struct trace_probe *p)
{
	str_addf(out, ", \"probe\": {\"answered\": %s, \"agrees\": %s", p->is_answered ? "true" : "false",
		 p->agrees ? "true" : "false");
	add_member(out, "error", p->refused);
	add_member(out, "reasons_unread", p->no_reasons);
	str_add(out, ", \"reasons\": [");
	for (size_t i = 0; i < p->reasons.n; i++) {
		str_add(out, i ? ", " : "");
		json_add_string(out, p->reasons.v[i]);
	}
	str_add(out, "], \"rules\": [");
	for (size_t i = 0; i < p->n_rules; i++) {
		str_addf(out, "%s{\"handle\": %lu", i ? ", " : "", (unsigned long)p->rules[i].handle);
		add_member(out, "netns", p->rules[i].netns);
		add_member(out, "chain", p->rules[i].chain);
		add_member(out, "verdict", p->rules[i].verdict);
		str_add(out, "}");
	}
	str_add(out, "]}");
}

void trace_json(struct str *out, const struct walk *w, const struct trace_probe *p)
{
	str_addf(out, "{\"verdict\": \"%s\"", walk_verdict_name(w->verdict));
	add_member(out, "code", w->code);
	add_member(out, "object", w->object);
	add_member(out, "rule", w->rule);
	add_member(out, "setting", w->setting);
	add_member(out, "reason", w->reason);
	add_member(out, "out", w->out);
	add_address(out, "src", w->src);
	add_address(out, "dst", w->dst);
	if (p)
		add_probe_json(out, w, p);
	str_add(out, ", \"hops\": [");
	for (size_t i = 0; i < w->n_hops; i++) {
		const struct walk_hop *hop = &w->hops[i];

		str_addf(out, "%s\n{\"verdict\": \"%s\", \"reply\": %s", i ? "," : "",
			 walk_verdict_name(hop->verdict), hop->is_reply ? "true" : "false");
		add_member(out, "netns", hop->netns);
		add_member(out, "layer", hop->layer);
		add_member(out, "object", hop->object);
		add_member(out, "decided", hop->decided);
		add_member(out, "text", hop->text);
		str_add(out, "}");
	}
	str_add(out, "]}\n");
}
