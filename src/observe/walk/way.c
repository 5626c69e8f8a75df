/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/walk/way.h"

#include <linux/netfilter.h>
#include <stdarg.h>
#include <string.h>

#include "observe/walk/filter.h"

static struct walk_hop *add_hop(struct way *y, const struct world_netns *ns, const char *layer,
				const char *object, const char *decided, enum walk_verdict verdict,
				const char *text)
{
	struct walk_hop hop = {
		.netns = ns ? world_netns_title(y->w, ns) : NULL,
		.netns_inode = ns ? ns->inode : 0,
		.layer = layer,
		.object = object,
		.decided = decided,
		.text = text,
		.is_reply = y->is_reply,
		.verdict = verdict,
	};

	arena_push(y->a, y->out->hops, y->out->n_hops, hop);
	return &y->out->hops[y->out->n_hops - 1];
}

void way_hop(struct way *y, const struct world_netns *ns, const char *layer, const char *object,
	     const char *decided, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_hop(y, ns, layer, object, decided, WALK_ARRIVES, arena_vprintf(y->a, fmt, ap));
	va_end(ap);
}

static const char *decided_of(const struct way_end *end)
{
	return end->rule ? end->rule : end->setting;
}

static void end_walk(struct way *y, const struct world_netns *ns, enum walk_verdict verdict,
		     const struct way_end *end, const char *text)
{
	struct walk *out = y->out;

	y->ended = true;
	out->verdict = verdict;
	out->code = end->code;
	out->object = end->object;
	out->rule = end->rule;
	out->setting = end->setting;
	out->place = end->place;
	out->netns = ns ? ns->inode : 0;
	out->reason = verdict == WALK_UNKNOWN ? text : NULL;
}

void way_block(struct way *y, const struct world_netns *ns, const char *layer, const struct way_end *end,
	       const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(y->a, fmt, ap);
	va_end(ap);
	add_hop(y, ns, layer, end->object, decided_of(end), WALK_BLOCKED, text);
	end_walk(y, ns, WALK_BLOCKED, end, text);
}

void way_unknown(struct way *y, const struct world_netns *ns, const char *layer, const char *object,
		 const char *fmt, ...)
{
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(y->a, fmt, ap);
	va_end(ap);
	add_hop(y, ns, layer, object, NULL, WALK_UNKNOWN, text);
	end_walk(y, ns, WALK_UNKNOWN, &(struct way_end){ .object = object }, text);
}

bool way_unread(const struct way *y, const struct world_netns *ns, const char *word)
{
	const char *title = world_netns_title(y->w, ns);

	for (size_t i = 0; i < y->w->unread.n; i++)
		if (strstr(y->w->unread.v[i], title) && strstr(y->w->unread.v[i], word))
			return true;
	return false;
}

/* ---- rules ---- */

/* The hops before the one that decided. */
static void passed_filters(struct way *y, const struct world_netns *ns, const struct filter_result *r)
{
	for (size_t i = 0; i < r->n_hops; i++)
		if (r->hops[i].verdict == FILTER_ACCEPT)
			add_hop(y, ns, r->hops[i].layer, r->hops[i].object, r->hops[i].decided, WALK_ARRIVES,
				r->hops[i].text);
}

static const char *filter_text(const struct way *y, const struct filter_result *r)
{
	if (r->verdict == FILTER_UNKNOWN)
		return r->reason ? r->reason : "a rule could not be decided";
	for (size_t i = 0; i < r->n_hops; i++)
		if (r->hops[i].verdict == r->verdict)
			return r->hops[i].text;
	return arena_printf(y->a, "%s %s it", r->object, r->verdict == FILTER_REJECT ? "rejects" : "drops");
}

static const char *filter_layer(unsigned family)
{
	return family == NFPROTO_BRIDGE ? "bridge" : "filter";
}

static struct way_end filter_end(const struct filter_result *r)
{
	return (struct way_end){ .code = r->code,
				 .object = r->object,
				 .rule = r->rule      ? r->rule :
					 r->by_policy ? "policy drop" :
							NULL,
				 .place = r->place };
}

/* What stops it; or it may pass, and *r says so. */
static struct way_end ask_filter(struct way *y, const struct world_netns *ns, unsigned family, unsigned hook,
				 struct packet *p, struct filter_result *r)
{
	*r = (struct filter_result){ 0 };
	filter_hook(ns, family, hook, p, y->a, r);
	y->was_filtered |= r->n_hops > 0;
	passed_filters(y, ns, r);
	return filter_end(r);
}

bool way_filter(struct way *y, const struct world_netns *ns, unsigned family, unsigned hook, struct packet *p)
{
	struct filter_result r;
	struct way_end end = ask_filter(y, ns, family, hook, p, &r);

	if (r.verdict == FILTER_UNKNOWN)
		way_unknown(y, ns, filter_layer(family), end.object, "%s", filter_text(y, &r));
	else if (r.verdict != FILTER_ACCEPT)
		way_block(y, ns, filter_layer(family), &end, "%s", filter_text(y, &r));
	return r.verdict == FILTER_ACCEPT;
}

bool frame_filter(struct way *y, const struct world_netns *ns, const struct world_netns *beyond,
		  unsigned family, unsigned hook, struct packet *p)
{
	struct filter_result r;
	struct way_end end = ask_filter(y, ns, family, hook, p, &r);

	if (r.verdict == FILTER_UNKNOWN)
		frame_unknown(y, ns, filter_layer(family), end.object, "%s", filter_text(y, &r));
	else if (r.verdict != FILTER_ACCEPT)
		frame_drop(y, ns, beyond, filter_layer(family), &end, "%s", filter_text(y, &r));
	return r.verdict == FILTER_ACCEPT;
}

/* ---- frames ---- */

void frames_begin(struct way *y)
{
	y->base = y->out->n_hops;
	y->frames = 0;
	y->n_arrivals = y->n_drops = 0;
	y->arrivals = NULL;
	y->drops = NULL;
}

static struct walk_hop *hops_since(const struct way *y, size_t *n)
{
	struct walk_hop *hops;

	*n = y->out->n_hops - y->base;
	hops = arena_array(y->a, struct walk_hop, *n + 1);
	if (*n)
		memcpy(hops, y->out->hops + y->base, *n * sizeof(*hops));
	return hops;
}

void frame_arrives(struct way *y, const struct way_arrival *arrival)
{
	struct way_arrival copy = *arrival;

	copy.hops = hops_since(y, &copy.n_hops);
	arena_push(y->a, y->arrivals, y->n_arrivals, copy);
}

static void add_drop(struct way *y, struct way_drop drop, const char *layer, const char *text)
{
	add_hop(y, drop.ns, layer, drop.end.object, decided_of(&drop.end), drop.verdict, text);
	drop.hops = hops_since(y, &drop.n_hops);
	y->out->n_hops--;
	arena_push(y->a, y->drops, y->n_drops, drop);
}

void frame_drop(struct way *y, const struct world_netns *ns, const struct world_netns *beyond,
		const char *layer, const struct way_end *end, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_drop(y, (struct way_drop){ .end = *end, .verdict = WALK_BLOCKED, .ns = ns, .beyond = beyond },
		 layer, arena_vprintf(y->a, fmt, ap));
	va_end(ap);
}

void frame_unknown(struct way *y, const struct world_netns *ns, const char *layer, const char *object,
		   const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_drop(y, (struct way_drop){ .end = { .object = object }, .verdict = WALK_UNKNOWN, .ns = ns },
		 layer, arena_vprintf(y->a, fmt, ap));
	va_end(ap);
}

void way_follow(struct way *y, const struct way_arrival *arrival)
{
	for (size_t i = 0; i < arrival->n_hops; i++)
		arena_push(y->a, y->out->hops, y->out->n_hops, arrival->hops[i]);
}

void way_stop_at(struct way *y, const struct way_drop *drop)
{
	for (size_t i = 0; i < drop->n_hops; i++)
		arena_push(y->a, y->out->hops, y->out->n_hops, drop->hops[i]);
	end_walk(y, drop->ns, drop->verdict, &drop->end, drop->hops[drop->n_hops - 1].text);
}

/* ---- texts and settings ---- */

const char *way_ip(const struct way *y, struct ip ip)
{
	char buf[IP_TEXT];

	return ip_is(ip) ? arena_strdup(y->a, ip_text(ip, buf)) : "no address";
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				      -1;
}

/* Asked for each frame: sscanf(3) was a sixth of all that doctor did. */
bool mac_parse(const char *text, uint8_t mac[6])
{
	memset(mac, 0, 6);
	for (size_t i = 0; text && i < 6; i++, text += 3) {
		if (digit(text[0]) < 0 || digit(text[1]) < 0 || text[2] != (i < 5 ? ':' : '\0')) {
			memset(mac, 0, 6);
			return false;
		}
		mac[i] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
	}
	return text;
}

const char *way_mac(const struct way *y, const uint8_t mac[6])
{
	return arena_printf(y->a, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
			    mac[5]);
}

int64_t way_conf(const struct world_netns *ns, const char *family, const char *link, const char *name,
		 int64_t otherwise)
{
	const char *words[] = { "net.", family, ".conf.", link, ".", name };
	char path[128];
	size_t n = 0;

	/* asked for each frame: printf(3) was a third of it */
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i]);

		if (n + len >= sizeof(path))
			return otherwise;
		memcpy(path + n, words[i], len + 1);
		n += len;
	}
	return world_sysctl(ns, path, otherwise);
}

int64_t way_conf_max(const struct world_netns *ns, const struct world_link *link, const char *name)
{
	int64_t all = way_conf(ns, "ipv4", "all", name, 0), own = way_conf(ns, "ipv4", link->name, name, 0);

	return all > own ? all : own;
}
