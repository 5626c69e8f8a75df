/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "observe/world/read.h"

/*
 * What a target of a world is: answers in topics, each an answer with where it was read and the command that shows the
 * same. Pure: (world, target) -> answers; then as text for a person, or as JSON, an object with a list of answers per topic.
 * One file a topic: explain_who.c, explain_namespaces.c, ...
 */
enum explain_topic {
	EXPLAIN_WHO,
	EXPLAIN_NAMESPACES,
	EXPLAIN_IDS,
	EXPLAIN_LIMITS,
	EXPLAIN_MOUNTS,
	EXPLAIN_CAPABILITIES,
	EXPLAIN_SECURITY,
	EXPLAIN_HOST_ROOT,
	EXPLAIN_NETWORK,
	EXPLAIN_TOPICS
};

struct explain_answer {
	const char *name, *value;
	const char *from;           /* the file or table it was read from */
	const char *command;        /* that shows it */
	const char *warning;        /* what is dangerous about it, or at its end */
	struct world_setting *more; /* members of the JSON, beside; in the text the value has them */
	size_t n_more;
};

struct explanation {
	struct arena *arena;
	const struct world *world;
	const struct world_target *target;
	struct {
		struct explain_answer *v;
		size_t n;
	} topic[EXPLAIN_TOPICS];
};

void explain(const struct world *w, const struct world_target *t, struct explanation *out);

/* Every line behind that margin. */
void explain_text(const struct explanation *x, const char *margin, struct str *out);

/* The members of an object, without its brackets. */
void explain_json(const struct explanation *x, struct str *out);

/* ---- for the topics ---- */

/* An answer; good until the next one of the topic. */
struct explain_answer *explain_add(struct explanation *x, enum explain_topic topic, const char *name,
				   const char *value);
void explain_more(struct explanation *x, struct explain_answer *a, const char *name, const char *value);

/* A printf into the arena of x, "cat FILE" as a command, and a word of a command. */
[[gnu::format(printf, 2, 3)]] const char *explain_say(struct explanation *x, const char *fmt, ...);
const char *explain_cat(struct explanation *x, const char *file);
const char *explain_word(struct explanation *x, const char *text);

/* "1.5 GiB" */
const char *explain_bytes(struct explanation *x, uint64_t n);

/* The process whose namespaces are the host's: process 1 or, where that may not be looked at, who read the world. */
const struct world_process *explain_host(const struct explanation *x);

void explain_who(struct explanation *x);
void explain_namespaces(struct explanation *x);
void explain_ids(struct explanation *x);
void explain_limits(struct explanation *x);
void explain_mounts(struct explanation *x);
void explain_rights(struct explanation *x); /* capabilities, security */
void explain_host_root(struct explanation *x);
void explain_network(struct explanation *x);
