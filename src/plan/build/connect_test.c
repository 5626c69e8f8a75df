/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "plan/build/connect.h"

/* "web" has both families and a way out, "db" has one of IPv4, and "shut" none. */
static struct address_fact web_at[] = { { "10.20.0.0/24", "10.20.0.1", "10.20.0.9", 24, true },
					{ "fd00:7::/64", "fd00:7::1", "fd00:7::9", 64, true } };
static struct address_fact db_at[] = { { "10.21.0.0/24", "10.21.0.1", "10.21.0.2", 24, true } };
static struct address_fact shut_at[] = { { "10.22.0.0/24", "10.22.0.1", "10.22.0.2", 24, false } };
static struct network_fact web[] = { { .name = "web",
				       .dir = "1/web",
				       .bridge = "guise1",
				       .mark = "web",
				       .bridge_mac = "02:42:0a:14:00:01",
				       .cable = "gvc0",
				       .link = "eth0",
				       .mac = "02:42:0a:14:00:09",
				       .at = web_at,
				       .n_at = 2 } };
static struct network_fact db[] = { { .name = "db",
				      .dir = "1/db",
				      .bridge = "guise2",
				      .mark = "db",
				      .bridge_mac = "02:42:0a:15:00:01",
				      .cable = "gvc0.1",
				      .link = "eth1",
				      .mac = "02:42:0a:15:00:02",
				      .at = db_at,
				      .n_at = 1 } };
static struct network_fact shut[] = { { .name = "shut",
					.dir = "1/shut",
					.bridge = "guise3",
					.mark = "shut",
					.bridge_mac = "02:42:0a:16:00:01",
					.cable = "gvc0.2",
					.link = "lan.7",
					.mac = "02:42:0a:16:00:02",
					.at = shut_at,
					.n_at = 1,
					.internal = true } };
/* Upon a link of the host's: by a gateway, and by the link itself. */
static struct address_fact lan_at[] = { { "192.0.2.0/24", "192.0.2.1", "192.0.2.9", 24, true } };
static struct network_fact lan[] = { { .name = "lan",
				       .dir = "1/lan",
				       .driver = "macvlan",
				       .mode = "bridge",
				       .parent = "up0",
				       .link = "eth3",
				       .mac = "02:42:c0:00:02:09",
				       .at = lan_at,
				       .n_at = 1 } };
static struct network_fact routed[] = { { .name = "routed",
					  .dir = "1/routed",
					  .driver = "ipvlan",
					  .mode = "l3",
					  .parent = "up1",
					  .link = "eth4",
					  .mac = "02:42:c0:00:02:0a",
					  .at = lan_at,
					  .n_at = 1 } };
static const struct ways_out none;

static char room[1 << 18];
static struct arena a;

static int setup(void **state)
{
	a = (struct arena)ARENA_INIT(room);
	return 0;
}

static struct facts facts_of(struct network_fact *n)
{
	return (struct facts){
		.id = "c0ffee00c0ffee", .name = "app", .networks = n, .n_networks = 1, .ipv6 = true
	};
}

/* What stands around the network's steps in any plan, without a network. */
static struct plan bare(void)
{
	struct plan p = { .arena = &a };

	plan_add(&p, STEP_CGROUP, NULL);
	plan_add(&p, STEP_PROCESS, NULL);
	plan_add(&p, STEP_SESSION, NULL);
	plan_add(&p, STEP_LOOPBACK, NULL);
	plan_add(&p, STEP_EXEC, NULL);
	return p;
}

static struct plan on(const struct plan *p, struct network_fact *n, struct plan *change)
{
	struct facts f = facts_of(n);
	struct plan new = { .arena = &a };

	*change = new;
	build_connect(p, &f, change, &new);
	return new;
}

static const char *kinds(const struct plan *p)
{
	struct str out = { .arena = &a };

	for (size_t i = 0; i < p->count; i++)
		if (p->steps[i].kind != STEP_SYSCTL)
			str_addf(&out, "%s%s", out.len ? " " : "", step_ops(p->steps[i].kind)->name);
	return str_get(&out);
}

/* "eth0=10.20.0.1,fd00:7::1 eth1=" */
static const char *ways_of(const struct plan *p)
{
	struct str out = { .arena = &a };
	const struct step *s;

	for (size_t i = 0; (s = plan_next(p, STEP_ADDRESS, &i));) {
		str_addf(&out, "%s%s=", out.len ? " " : "", s->address.link);
		for (size_t k = 0; k < s->address.gateways.n; k++)
			str_addf(&out, "%s%s", k ? "," : "", s->address.gateways.v[k]);
		for (size_t k = 0; k < s->address.routes.n; k++)
			str_addf(&out, "%s%s", k ? "," : "", s->address.routes.v[k]);
	}
	return str_get(&out);
}

static void a_network_more(void **state)
{
	struct plan p = bare(), change, two;

	p = on(&p, web, &change);
	assert_string_equal(kinds(&p), "cgroup bridge nat forward forward lease lease names process veth session "
				       "address exec");
	assert_string_equal(kinds(&change), "bridge nat forward forward lease lease names veth address");
	two = on(&p, db, &change);
	assert_string_equal(kinds(&two),
			    "cgroup bridge nat forward forward lease lease names bridge nat forward lease "
			    "names process veth veth session address address exec");
	assert_string_equal(ways_of(&two), "eth0=10.20.0.1,fd00:7::1 eth1=");
	/* a failure takes the cable away, the end of the container need not */
	assert_true(plan_last(&change, STEP_VETH)->veth.kept);
	assert_false(plan_last(&two, STEP_VETH)->veth.kept);
	assert_string_equal(plan_last(&change, STEP_NAMES)->names.names, "app c0ffee00c0ff");
	/* what guards all links stands there once */
	assert_string_equal(plan_last(&p, STEP_ADDRESS)[-4].sysctl.name,
			    "net.ipv4.conf.all.accept_redirects");
	assert_string_equal(change.steps[6].sysctl.name, "net.ipv4.conf.eth1.accept_redirects");
}

static void gone_again(void **state)
{
	struct plan none_yet = bare(), change, was = on(&none_yet, web, &change), p = on(&was, shut, &change);
	struct plan gone = { .arena = &a }, moved = gone, new = gone;
	struct attachment at;

	assert_false(build_attachment(&p, "db", &at));
	assert_true(build_attachment(&p, "shut", &at));
	assert_string_equal(at.link, "lan.7");
	build_disconnect(&p, &at, &none, &gone, &moved, &new);
	assert_string_equal(kinds(&new), kinds(&was));
	assert_int_equal(new.count, was.count);
	assert_string_equal(kinds(&gone), "bridge nat lease names veth address");
	assert_true(plan_last(&gone, STEP_VETH)->veth.kept);
	assert_int_equal(moved.count, 0);
}

static void the_last_one(void **state)
{
	struct plan none_yet = bare(), change, p = on(&none_yet, web, &change);
	struct plan gone = { .arena = &a }, moved = gone, new = gone;
	struct attachment at;

	assert_true(build_attachment(&p, "web", &at));
	build_disconnect(&p, &at, &none, &gone, &moved, &new);
	assert_string_equal(kinds(&new), kinds(&none_yet));
	p = on(&new, db, &change);
	assert_string_equal(ways_of(&p), "eth1=10.21.0.1");
}

static void the_way_out_moves(void **state)
{
	struct plan p = bare(), change, gone = { .arena = &a }, moved = gone, new = gone;
	const struct ways_out dirs = { .shut = { (const char *[]){ "1/db" }, 1 } };
	struct attachment at;

	p = on(&p, web, &change);
	p = on(&p, shut, &change);
	p = on(&p, db, &change);
	assert_string_equal(ways_of(&p), "eth0=10.20.0.1,fd00:7::1 lan.7= eth1=");
	assert_true(build_attachment(&p, "web", &at));
	build_disconnect(&p, &at, &none, &gone, &moved, &new);
	assert_string_equal(ways_of(&new), "lan.7= eth1=10.21.0.1");
	assert_string_equal(ways_of(&moved), "eth1=10.21.0.1");
	gone.count = moved.count = new.count = 0;
	build_disconnect(&p, &at, &dirs, &gone, &moved, &new);
	assert_string_equal(ways_of(&new), "lan.7= eth1=");
	assert_int_equal(moved.count, 0);
}

/* A network upon a link of the host's is a way out, too, whichever way it leads. */
static void the_way_out_moves_to_and_from_a_link(void **state)
{
	struct network_fact uppers[] = { *lan, *routed };
	const struct ways_out ways = { .uppers = uppers, .n_uppers = 2 };
	struct plan p = bare(), change, gone = { .arena = &a }, moved = gone, new = gone;
	struct attachment at;

	p = on(&p, db, &change);
	p = on(&p, routed, &change);
	p = on(&p, lan, &change);
	assert_string_equal(ways_of(&p), "eth1=10.21.0.1 eth4= eth3=");
	assert_true(build_attachment(&p, "db", &at));
	build_disconnect(&p, &at, &ways, &gone, &moved, &new);
	assert_string_equal(ways_of(&moved), "eth4=0.0.0.0/0");
	p = on(&new, db, &change);
	assert_string_equal(ways_of(&p), "eth4=0.0.0.0/0 eth3= eth1=");
	assert_true(build_attachment(&p, "routed", &at));
	gone.count = moved.count = new.count = 0;
	build_disconnect(&p, &at, &ways, &gone, &moved, &new);
	assert_string_equal(ways_of(&moved), "eth3=192.0.2.1");
	assert_string_equal(ways_of(&new), "eth3=192.0.2.1 eth1=");
}

#define test(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_network_more),
		test(gone_again),
		test(the_last_one),
		test(the_way_out_moves),
		test(the_way_out_moves_to_and_from_a_link),
	};

	return cmocka_run_group_tests_name("plan/build/connect", tests, NULL, NULL);
}
