/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "observe/report/map_draw.h"

/* ---- worlds ---- */

enum { NETNS_MAX = 70, LINKS_MAX = 80 };

static struct arena arena;
static struct world w;
static struct findings found;
static struct map m;

static struct world_netns *add_netns(const char *name)
{
	struct world_netns *ns = &w.netns[w.n_netns];

	*ns = (struct world_netns){ .inode = 100 + w.n_netns, .is_host = w.n_netns == 0, .name = name };
	ns->links = arena_array(&arena, struct world_link, LINKS_MAX);
	ns->addrs = arena_array(&arena, struct world_addr, LINKS_MAX);
	w.n_netns++;
	return ns;
}

static struct world_link *add_link(struct world_netns *ns, const char *name, const char *kind)
{
	struct world_link *l = &ns->links[ns->n_links++];

	*l = (struct world_link){
		.index = 10 + ns->n_links, .name = name, .kind = kind, .flags = IFF_UP, .carrier = true
	};
	return l;
}

static void add_address(struct world_netns *ns, const struct world_link *l, const char *text)
{
	struct world_addr *addr = &ns->addrs[ns->n_addrs++];

	addr->link = l->index;
	assert_int_equal(ip_parse(text, &addr->ip), 0);
}

/* The end in `a`, whose other one is in `b`. */
static struct world_link *add_cable(struct world_netns *a, const char *here, struct world_netns *b,
				    const char *there)
{
	struct world_link *near = add_link(a, here, "veth"), *far = add_link(b, there, "veth");

	near->peer = far->index;
	near->peer_netns = b->inode;
	far->peer = near->index;
	far->peer_netns = a->inode;
	return near;
}

static struct world_netns *begin(void)
{
	arena_free(&arena);
	arena = (struct arena){ 0 };
	w = (struct world){ .arena = &arena, .host = "debian" };
	w.netns = arena_array(&arena, struct world_netns, NETNS_MAX);
	found = (struct findings){ 0 };
	return add_netns(NULL);
}

/* n namespaces on a bridge. */
static struct world_link *fill_bridge(struct world_netns *host, unsigned n)
{
	struct world_link *bridge = add_link(host, "br0", "bridge");

	add_address(host, bridge, "10.10.0.1/24");
	for (unsigned i = 1; i <= n; i++) {
		struct world_netns *ns = add_netns(arena_printf(&arena, "net%u", i));
		struct world_link *end = add_cable(host, arena_printf(&arena, "veth%u-br", i), ns, "eth0");

		end->master = bridge->index;
		add_address(ns, &ns->links[ns->n_links - 1], arena_printf(&arena, "10.10.0.%u/24", i + 1));
	}
	return bridge;
}

static void add_finding(const struct world_netns *ns, const char *link, const char *code)
{
	struct finding f = {
		.code = code, .netns = ns->inode, .link = link, .target = ns->name, .effect = "It is broken."
	};

	arena_push(&arena, found.v, found.n, f);
}

/* ---- what it becomes ---- */

static const char *draw(int width, bool ascii, bool color)
{
	struct str out = { .arena = &arena };

	map_make(&w, &found, &arena, &m);
	map_text(&m, &(struct map_look){ width, ascii, color }, &out);
	return str_get(&out);
}

static const char *draw_as(void (*as)(const struct map *, struct str *))
{
	struct str out = { .arena = &arena };

	map_make(&w, &found, &arena, &m);
	as(&m, &out);
	return str_get(&out);
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

/* ---- tests ---- */

static void a_container_hangs_on_its_bridge(void **state)
{
	const char *text;

	fill_bridge(begin(), 1);
	text = draw(100, false, false);
	has(text, "┌─ br0 ─");
	has(text, "│ 10.10.0.1/24 ");
	has(text, "├─ veth1-br ── eth0 ─┤ 10.10.0.2/24");
	has(text, "no default route leads there");
	assert_int_equal(m.n_edges, 1);
}

static void many_alike_fold_and_broken_ones_do_not(void **state)
{
	const char *text;

	fill_bridge(begin(), 60);
	text = draw(100, false, false);
	has(text, "… 54 more alike");
	has_not(text, "10.10.0.31/24");

	add_finding(&w.netns[30], "eth0", "link-down");
	text = draw(100, false, false);
	has(text, "… 53 more alike");
	has(text, "10.10.0.31/24");
	has(text, "✗ link-down");
	has(draw_as(map_json), "net17"); /* there all are told */
}

static void ends_that_are_not_found_fold(void **state)
{
	struct world_netns *host = begin();
	const char *text;

	fill_bridge(host, 60);
	for (size_t i = 0; i < host->n_links; i++)
		host->links[i].peer_unknown = str_eq(host->links[i].kind, "veth");
	text = draw(100, false, false);
	has(text, "its other end is not found");
	has(text, "more alike");
	draw_as(map_svg);
}

static void a_fault_at_the_hosts_end_is_drawn_at_the_cable(void **state)
{
	struct world_netns *host = begin();
	const char *text;

	fill_bridge(host, 2);
	add_finding(host, "veth2-br", "veth-host-down");
	text = draw(100, false, true);
	has(text, "\033[0;1;31m├╌ veth2-br ");
	assert_int_equal(m.edges[1].state, MAP_BROKEN);
	assert_int_equal(m.edges[0].state, MAP_WELL);
	has(text, "It is broken.");
}

static void a_fault_of_what_is_not_drawn_is_its_namespaces(void **state)
{
	fill_bridge(begin(), 1);
	add_link(&w.netns[1], "lo", NULL)->flags = IFF_LOOPBACK;
	add_finding(&w.netns[1], "lo", "loopback-down");
	draw(100, false, false);
	assert_int_equal(m.nodes[1].marks.state, MAP_BROKEN);
	add_finding(&(struct world_netns){ .inode = 9 }, NULL, "host-offline");
	draw(100, false, false);
	assert_int_equal(m.marks.n, 1);
}

static void all_that_people_make_is_in_it(void **state)
{
	struct world_netns *host = begin(), *a = add_netns("a"), *b = add_netns("b"), *mac = add_netns("mac");
	struct world_link *eth0 = add_link(host, "eth0", NULL), *l;
	const char *text;

	add_link(host, "br-empty", "bridge")->flags = 0;
	add_cable(a, "a-b", b, "b-a");
	l = add_link(mac, "mv0", "macvlan");
	l->peer = eth0->index;
	l->peer_netns = host->inode;
	l->mode = "bridge";
	l = add_link(host, "eth0.7", "vlan");
	l->peer = eth0->index;
	l->vlan_id = 7;
	l = add_link(host, "lost", "veth");
	l->peer = 4711;
	l->peer_unknown = true;
	add_netns("alone");
	w.containers =
		&(struct world_container){ .engine = "docker", .name = "on-host", .netns = host->inode };
	w.n_containers = 1;
	text = draw(100, false, false);
	has(text, "bridge, down");
	has(text, "─ a-b ─");
	has(text, "macvlan (bridge)");
	has(text, "VLAN 7");
	has(text, "╌ lost ╌");
	has(text, "its other end is not found");
	has(text, "connected to nothing:");
	has(text, "─ alone ─");
	has(text, "with this network: on-host");
}

static void no_row_is_wider_than_the_terminal(void **state)
{
	fill_bridge(begin(), 3);
	w.netns[1].links[0].name = "a-very-long-name-of-an-interface-that-no-kernel-would-take";
	w.netns[2].name = "日本語の名前はとても長いです日本語の名前はとても長いです日本語の名前";
	for (int width = 1; width < 140; width++) {
		char *text = arena_strdup(&arena, draw(width, width % 2, false)), *save = NULL;

		for (char *row = strtok_r(text, "\n", &save); row; row = strtok_r(NULL, "\n", &save))
			if (map_columns(row) > width)
				fail_msg("%d columns of %d: %s", map_columns(row), width, row);
	}
}

static void ascii_is_nothing_but_ascii(void **state)
{
	fill_bridge(begin(), 60);
	w.netns[1].name = "größe";
	add_finding(&w.netns[2], "eth0", "link-down");
	for (const char *p = draw(100, true, false); *p; p++)
		assert_in_range(*p, '\n', '~');
}

static const char evil[] = "\033[31m</title><script>\"&\\\n\xff";

static void nothing_foreign_gets_out_of_its_place(void **state)
{
	const char *text;

	fill_bridge(begin(), 1);
	w.netns[1].name = evil;
	w.netns[1].links[0].name = evil;
	w.netns[0].links[0].alias = evil;
	add_finding(&w.netns[1], evil, evil);
	has_not(draw(100, false, false), "\033");
	text = draw_as(map_svg);
	has_not(text, "<script>");
	has_not(text, "\033");
	text = draw_as(map_dot);
	has_not(text, "\033");
	has(text, "\\\"");
	has_not(draw_as(map_json), "\033");
}

/* What no kernel says, but a file may. */
static void a_world_that_cannot_be_is_drawn(void **state)
{
	struct world_netns *host = begin(), *twin;
	struct world_link *l = add_link(host, NULL, "bridge");

	draw(100, false, false);
	l->master = l->index;
	l->peer = l->index;
	l = add_link(host, "self", "veth");
	l->peer = l->index;
	l->master = 99;
	l = add_link(host, "x", "vlan");
	l->peer = l->index + 1;
	l->master = l->index + 1;
	l = add_link(host, "y", "vlan");
	l->peer = l->index - 1;
	l->master = l->index - 1;
	twin = add_netns(NULL);
	twin->inode = host->inode;
	add_link(twin, "z", "veth")->peer_netns = 77;
	add_cable(host, "both", host, "both2");
	draw(100, false, false);
	draw_as(map_svg);
	draw_as(map_dot);
	draw_as(map_json);
	w.n_netns = 0;
	draw(100, false, false);
	draw_as(map_svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_container_hangs_on_its_bridge),
		cmocka_unit_test(many_alike_fold_and_broken_ones_do_not),
		cmocka_unit_test(ends_that_are_not_found_fold),
		cmocka_unit_test(a_fault_at_the_hosts_end_is_drawn_at_the_cable),
		cmocka_unit_test(a_fault_of_what_is_not_drawn_is_its_namespaces),
		cmocka_unit_test(all_that_people_make_is_in_it),
		cmocka_unit_test(no_row_is_wider_than_the_terminal),
		cmocka_unit_test(ascii_is_nothing_but_ascii),
		cmocka_unit_test(nothing_foreign_gets_out_of_its_place),
		cmocka_unit_test(a_world_that_cannot_be_is_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
