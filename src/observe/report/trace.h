/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "observe/walk/walk.h"

/* What the kernel did with the packet of a walk that was really sent (run/engine/follow.h). */
struct trace_rule {
	const char *netns;
	const char *chain;   /* "inet filter forward" */
	uint64_t handle;     /* of the rule; 0: the chain's policy */
	const char *verdict; /* "accept", "drop", "continue" ... */
	bool is_drop;
};

struct trace_probe {
	bool is_answered;
	bool can_be_silent;  /* who takes a packet of UDP need not answer */
	const char *refused; /* an error instead of an answer: "Connection refused"; or NULL */
	struct trace_rule *rules;
	size_t n_rules;
	struct strv
		reasons; /* the kernel's, for what it threw away: "NETFILTER_DROP"; none where it is answered */
	const char *no_reasons; /* why they could not be looked at; or NULL */
	bool agrees;            /* with the walk: trace_compare() */
};

/* Do walk and kernel say the same? Where they don't, the walk's verdict is unknown, and says why. */
void trace_compare(struct walk *w, struct trace_probe *p);

/* A walk for a person: hop by hop, there and back; the verdict is the last line. p: NULL, nothing was sent. */
void trace_text(struct str *out, const struct walk *w, const struct trace_probe *p);

/* And for a program: an object with verdict, hops, and for "blocked" object, rule or setting. */
void trace_json(struct str *out, const struct walk *w, const struct trace_probe *p);
