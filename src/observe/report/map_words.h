/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/report/map.h"

/* What stands in the boxes of a map, the same in every drawing. Everything foreign in it is escaped (base/utf8.h); what
 * SVG and Graphviz want escaped beyond that is not. */

enum map_tone { MAP_PLAIN, MAP_DIM, MAP_STRONG, MAP_DOUBT, MAP_FAULT };

struct map_line {
	const char *text;
	const char *more; /* goes on with it, where there is room; or NULL */
	enum map_tone tone;
};

struct map_lines {
	struct map_line *v;
	size_t n;
};

enum map_tone map_tone_of(enum map_state state);

/* The title of a box: "br0", "web · docker", "host debian". */
const char *map_title(const struct map *m, const struct map_node *n);

/* The name of a link, "" for none. */
const char *map_link_name(const struct map *m, const struct map_end *end);

/* "veth", "bridge", "VLAN 10", "macvlan (bridge)", "hardware"; with "down" or "no carrier" if it is. */
const char *map_link_words(const struct map *m, const struct map_end *end);

/* "10.10.0.2/24", of the i-th address. */
const char *map_addr(const struct map *m, const struct map_end *end, size_t i);

/* In the box of a namespace that others hang on, of a hub, and of what hangs on one; of a namespace by itself, with all
 * its links. */
void map_head_lines(const struct map *m, const struct map_node *n, struct map_lines *out);
void map_hub_lines(const struct map *m, const struct map_node *n, struct map_lines *out);
void map_leaf_lines(const struct map *m, const struct map_branch *b, struct map_lines *out);
void map_netns_lines(const struct map *m, const struct map_node *n, struct map_lines *out);
void map_outside_lines(const struct map *m, struct map_lines *out);

/* "… 54 more alike" */
const char *map_more(const struct map *m, size_t more);

/* More about it, of many lines: what is shown when the mouse is over it. */
const char *map_details(const struct map *m, const struct map_node *n, const struct map_end *end);
const char *map_more_details(const struct map *m, const struct map_branch *b);

/* Below the picture: what is wrong, in sentences, and what could not be read. */
void map_legend(const struct map *m, struct map_lines *out);
