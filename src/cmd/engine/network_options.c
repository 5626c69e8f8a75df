/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/engine/network_options.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "kernel/net/ip.h"
#include "spec/name.h"
#include "spec/netns.h"
#include "spec/network.h"
#include "spec/publish.h"

static int bad(struct err *e, const char *code, const char *value, const char *cause, const char *hint)
{
	err_set(e, code, EINVAL, "'%s'", value);
	err_cause(e, "%s", cause);
	return err_hint(e, "%s", hint);
}

/* Written as the kernel would: that is how it is compared. */
static int take_address(struct arena *a, const char *text, int family, const char **address, struct err *e)
{
	char plain[IP_TEXT];
	struct ip ip;

	if (ip_parse(text, &ip) == 0 && ip.family == family && !strchr(text, '/')) {
		*address = arena_strdup(a, ip_text(ip, plain));
		return 0;
	}
	return family == AF_INET ?
		       bad(e, "bad-address", text, "not an IPv4 address", "write for example 10.99.0.5") :
		       bad(e, "bad-address", text, "not an IPv6 address", "write for example fd00::5");
}

/* With colons or, as docker takes it too, hyphens. One of a group, whose first byte is odd, no card may have. */
static int take_mac(struct arena *a, const char *text, const char **address, struct err *e)
{
	char *mac = arena_strdup(a, text);
	unsigned any = 0;

	for (char *p = mac; *p; p++)
		*p = *p == '-' ? ':' : (char)tolower((unsigned char)*p);
	for (int i = 0; i < 17; i++) {
		if (i % 3 == 2 ? mac[i] != ':' : !isxdigit((unsigned char)mac[i]))
			return bad(e, "bad-mac", text, "not six bytes in hexadecimal",
				   "write for example 02:42:0a:63:00:05");
		any |= i % 3 != 2 && mac[i] != '0';
	}
	if (mac[17] || !any || strchr("13579bdf", mac[1]))
		return bad(e, "bad-mac", text, "not the address of one card",
			   "write for example 02:42:0a:63:00:05");
	*address = mac;
	return 0;
}

int network_option_ip(const struct opt_use *u, struct err *e)
{
	return take_address(u->call->arena, u->value, AF_INET, u->field, e);
}

int network_option_ip6(const struct opt_use *u, struct err *e)
{
	return take_address(u->call->arena, u->value, AF_INET6, u->field, e);
}

int network_option_interface(const struct opt_use *u, struct err *e)
{
	*(const char **)u->field = u->value;
	return network_interface(u->value, e);
}

int network_option_mac(const struct opt_use *u, struct err *e)
{
	return take_mac(u->call->arena, u->value, u->field, e);
}

static int take_alias(struct arena *a, const char *name, struct strv *aliases, struct err *e)
{
	int r = name_host(name, e);

	if (r == 0)
		strv_push(a, aliases, name);
	return r;
}

int network_option_alias(const struct opt_use *u, struct err *e)
{
	return take_alias(u->call->arena, u->value, u->field, e);
}

int network_option_bandwidth(const struct opt_use *u, struct err *e)
{
	return bandwidth_parse(u->value, u->field, e);
}

/* ---- --network ---- */

/* One of "ip=10.20.0.9", with podman's names. */
static int take_wish(struct arena *a, const char *wish, struct spec_attachment *at, struct err *e)
{
	const char *value;

	if ((value = str_after(wish, "ip=")))
		return take_address(a, value, AF_INET, &at->address, e);
	if ((value = str_after(wish, "ip6=")))
		return take_address(a, value, AF_INET6, &at->address6, e);
	if ((value = str_after(wish, "mac=")))
		return take_mac(a, value, &at->mac, e);
	if ((value = str_after(wish, "interface=")) || (value = str_after(wish, "interface_name="))) {
		at->link = value;
		return network_interface(value, e);
	}
	if ((value = str_after(wish, "alias=")))
		return take_alias(a, value, &at->aliases, e);
	if ((value = str_after(wish, "in=")))
		return bandwidth_rate(value, &at->bandwidth.in, e);
	if ((value = str_after(wish, "out=")))
		return bandwidth_rate(value, &at->bandwidth.out, e);
	return bad(
		e, "bad-network", wish, "no network has that option",
		"write ip=ADDRESS, ip6=ADDRESS, mac=ADDRESS, alias=NAME, interface=NAME, in=RATE or out=RATE");
}

/* NAME[:WISH[,WISH...]] */
int network_option_attachment(struct arena *a, const char *text, struct spec_attachment *at, struct err *e)
{
	const char *colon = strchr(text, ':');
	char *wishes = arena_strdup(a, colon ? colon + 1 : ""), *save = NULL;
	int r = 0;

	*at = (struct spec_attachment){ .network = colon ? arena_strndup(a, text, (size_t)(colon - text)) :
							   text };
	if (str_eq(at->network, "default"))
		at->network = "bridge";
	else if (!str_eq(at->network, "bridge") && network_name(at->network, e) < 0)
		return bad(
			e, "bad-network", text, "no network can have that name",
			"write bridge, none, host, pasta, container:NAME, netns:NAME, ns:PATH, or a network of `guise network ls`");
	for (char *wish = strtok_r(wishes, ",", &save); r == 0 && wish; wish = strtok_r(NULL, ",", &save))
		r = take_wish(a, wish, at, e);
	return r;
}

/* What other options say of it stays. */
static void set_network(struct spec *s, struct spec_network to, struct spec_ns ns)
{
	struct spec_network *n = &s->network;

	to.given = true;
	to.address = n->address;
	to.mac = n->mac;
	to.aliases = n->aliases;
	to.bandwidth = n->bandwidth;
	*n = to;
	s->ns[NS_NET] = ns;
}

static int add_attachment(struct arena *a, struct spec *s, const char *text, struct err *e)
{
	struct spec_network *n = &s->network;
	struct spec_attachment at;
	int r = network_option_attachment(a, text, &at, e);

	if (r < 0)
		return r;
	if (n->mode != NET_BRIDGE)
		set_network(s, (struct spec_network){ .mode = NET_BRIDGE }, (struct spec_ns){ .mode = NS_MODE_NEW });
	for (size_t i = 0; i < n->n_attachments; i++)
		if (at.link && str_eq(n->attachments[i].link, at.link))
			return bad(e, "bad-network", text, "another network has that interface",
				   "give each its own");
		else if (str_eq(n->attachments[i].network, at.network))
			return bad(e, "bad-network", text, "the container is on that network already",
				   "name each network once");
	n->given = true;
	arena_push(a, n->attachments, n->n_attachments, at);
	return 0;
}

/* The words that stand alone. */
static bool take_word(struct spec *s, const char *text)
{
	static const struct {
		const char *word;
		int mode;
		enum ns_mode ns;
	} modes[] = {
		{ "none", NET_NONE, NS_MODE_NEW },
		{ "host", NET_HOST, NS_MODE_HOST },
		{ "pasta", NET_PASTA, NS_MODE_NEW },
	};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (!str_eq(text, modes[i].word))
			continue;
		set_network(s, (struct spec_network){ .mode = modes[i].mode }, (struct spec_ns){ .mode = modes[i].ns });
		return true;
	}
	return false;
}

/* container:NAME */
static int take_container(struct spec *s, const char *text, const char *name, struct err *e)
{
	if (!*name)
		return bad(e, "bad-network", text, "it names no container", "write container:NAME");
	set_network(s, (struct spec_network){ .mode = NET_CONTAINER, .container = name },
		    (struct spec_ns){ .mode = NS_MODE_CONTAINER, .target = name });
	return 0;
}

/* ns:PATH, as podman has it */
static int take_path(struct spec *s, const char *text, const char *path, struct err *e)
{
	if (*path != '/')
		return bad(e, "bad-network", text, "it is no absolute path",
			   "write ns:/PATH, or netns:NAME for one of `ip netns list`");
	set_network(s, (struct spec_network){ .mode = NET_PATH, .path = path },
		    (struct spec_ns){ .mode = NS_MODE_PATH, .target = path });
	return 0;
}

int network_option(const struct opt_use *u, struct err *e)
{
	struct arena *a = u->call->arena;
	struct spec *s = u->field;
	const char *rest;

	if (take_word(s, u->value))
		return 0;
	if ((rest = str_after(u->value, "container:")))
		return take_container(s, u->value, rest, e);
	if ((rest = str_after(u->value, "ns:")))
		return take_path(s, u->value, rest, e);
	if (!(rest = str_after(u->value, "netns:")))
		return add_attachment(a, s, u->value, e);
	return !netns_name(rest, e) ? take_path(s, u->value, netns_path(a, rest), e) : -EINVAL;
}

int network_option_netns(const struct opt_use *u, struct err *e)
{
	*(const char **)u->field = u->value;
	return netns_name(u->value, e);
}

int network_option_publish(const struct opt_use *u, struct err *e)
{
	struct spec *s = u->field;
	struct spec_port port;
	int r = publish_parse(u->call->arena, u->value, &port, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < s->n_ports; i++)
		if (publish_overlap(&s->ports[i], &port))
			return bad(e, "bad-publish", u->value,
				   "a port of the host that it names is published already",
				   "name each port of the host once");
	arena_push(u->call->arena, s->ports, s->n_ports, port);
	return 0;
}
