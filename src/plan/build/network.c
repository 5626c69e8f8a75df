/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/build/build.h"

void build_network_host(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct step *st;

	if (s->network.mode != NET_BRIDGE)
		return;
	st = plan_add(p, STEP_BRIDGE, "the bridge that all containers of the network share");
	st->bridge.name = f->bridge;
	st->bridge.address = arena_printf(p->arena, "%s/%u", f->gateway, f->prefix);
	st->bridge.mtu = f->mtu;
	st->bridge.mark = f->mark;
	st->bridge.network = f->network;
	st = plan_add(p, STEP_NAT,
		      "what leaves the bridge's network takes the host's address; nothing enters it unasked");
	st->nat.bridge = f->bridge;
	strv_push(p->arena, &st->nat.subnets, f->subnet);
	st->nat.mark = f->mark;
	st->nat.network = f->network;
	st = plan_add(p, STEP_FORWARD,
		      "let packets pass between the bridge and the outside, and no others because of it");
	st->forward.name = "net/ipv4/ip_forward";
	st->forward.value = "1";
	st->forward.mark = f->mark;
	st->forward.network = f->network;
	st = plan_add(p, STEP_LEASE, NULL);
	st->lease.network = f->network;
	st->lease.address = f->address;
}

void build_network_link(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct step *st;

	if (s->network.mode == NET_PASTA) {
		st = plan_add(p, STEP_PASTA, "a network in user space, without privilege");
		st->pasta.pidfile = arena_printf(p->arena, "%s/pasta.pid", f->state);
	}
	if (s->network.mode != NET_BRIDGE)
		return;
	st = plan_add(p, STEP_VETH, "a cable: one end on the bridge, the other in the container");
	st->veth.name = arena_printf(p->arena, "gv%.10s", f->id);
	st->veth.peer = "eth0";
	st->veth.bridge = f->bridge;
	st->veth.mac = f->mac;
	st->veth.address = f->address;
	st->veth.mtu = f->mtu;
}

static void build_sysctl(struct plan *p, const char *note, const char *name, const char *value)
{
	struct step *st = plan_add(p, STEP_SYSCTL, note);

	st->sysctl.name = name;
	st->sysctl.value = value;
}

/* Before the link is up, and before what the user sets, which may be otherwise. A redirect is followed unless both the
 * link and all links say no. */
void build_network_guard(struct plan *p, const struct spec *s, const struct facts *f)
{
	if (s->network.mode != NET_BRIDGE)
		return;
	build_sysctl(p, "what neighbours say changes nothing here: no redirects,",
		     "net.ipv4.conf.all.accept_redirects", "0");
	build_sysctl(p, NULL, "net.ipv4.conf.eth0.accept_redirects", "0");
	if (!f->ipv6)
		return;
	build_sysctl(p, "no routers, and no IPv6 on the bridge", "net.ipv6.conf.eth0.accept_ra", "0");
	build_sysctl(p, NULL, "net.ipv6.conf.eth0.disable_ipv6", "1");
}

void build_network_inside(struct plan *p, const struct spec *s, const struct facts *f)
{
	struct step *st;

	if (s->network.mode == NET_NONE) {
		plan_add(p, STEP_LOOPBACK, "no network but its own loopback");
		return;
	}
	if (s->network.mode != NET_BRIDGE)
		return;
	st = plan_add(p, STEP_ADDRESS, "the address, and the bridge as the way out");
	st->address.link = "eth0";
	st->address.address = arena_printf(p->arena, "%s/%u", f->address, f->prefix);
	st->address.gateway = f->gateway;
}
