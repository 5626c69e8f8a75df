/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "observe/world/world.h"

/*
 * Redaction: each name and address is replaced by another, the same one always by the same one, so that what belongs
 * together still does. What replaces it depends on a key of this run alone, which is forgotten.
 *
 * An address keeps its class (private, link-local, ...), what prefixes it has in common with any other, and its last
 * byte: subnets, gateways and broadcasts stay what they were. A word keeps its length, its kinds of characters, and what
 * beginning it has in common with any other: "veth*" in a rule still means the same links. No character stays what it
 * was.
 */
struct redact {
	struct arena *arena;
	uint64_t key[2];
	struct strv known; /* names that were replaced: they are looked for in lines of text */
};

void redact_start(struct redact *r, struct arena *a);

/* A name or path, word by word; what every machine has (/run/netns, lo, POSTROUTING) stays. Addresses in it, too. NULL
 * stays NULL. */
const char *redact_text(struct redact *r, const char *text);

/* A line of ours for a person: the known names and the paths in it. */
const char *redact_line(struct redact *r, const char *line);

/* "rw,lowerdir=/srv/a": what stands behind a "=" and is no number. */
const char *redact_options(struct redact *r, const char *options);

/* "net.ipv4.conf.eth0.rp_filter": the link. */
const char *redact_setting_name(struct redact *r, const char *name);

struct ip redact_ip(const struct redact *r, struct ip ip);
void redact_mac(const struct redact *r, uint8_t mac[6]);

/* n characters in place, to the first NUL: no word stays. */
void redact_word(const struct redact *r, char *text, size_t n);

/* ---- redact_rules.c ---- */

void redact_table(struct redact *r, struct world_table *t);
void redact_xtable(struct redact *r, struct world_xt_table *t);
void redact_ipset(struct redact *r, struct world_ipset *s);
