/* SPDX-License-Identifier: GPL-2.0-or-later */

/*
 * Names: /etc/hosts, /etc/hostname and /etc/resolv.conf, as docker makes them, bound over whatever the
 * root file system has (plan/steps/file.c). A container in another's network has what the other began
 * with. What the user mounts over them wins. Behind that of /etc/hosts stand the names of others on its networks, which
 * no plan knows (plan/steps/names.c).
 */
#include "plan/build/build.h"

#include <string.h>

#include "net/resolv.h"

/* By which a container's own name is found where no address of a network is its own (Debian's, too). */
#define OWN_ADDRESS "127.0.1.1"

static const char *hostname_of(const struct plan *p, const struct spec *s, const struct facts *f)
{
	if (s->ns[NS_UTS].mode != NS_MODE_NEW)
		return f->hostname;
	return s->hostname ? s->hostname : arena_strndup(p->arena, f->id, 12);
}

/* A name with dots is followed by its first part. */
static const char *own_line(const struct plan *p, const char *address, const char *name)
{
	size_t len = strcspn(name, ".");

	return name[len] ? arena_printf(p->arena, "%s\t%s %.*s\n", address, name, (int)len, name) :
			   arena_printf(p->arena, "%s\t%s\n", address, name);
}

/* The machine's address on the first network, of each family; where the network is the machine's, its own. */
static void add_gateway(const struct spec *s, const struct facts *f, const char *name, struct str *out)
{
	if (s->network.mode != NET_BRIDGE)
		str_addf(out, "127.0.0.1\t%s\n", name);
	for (size_t i = 0; s->network.mode == NET_BRIDGE && i < f->networks[0].n_at; i++)
		str_addf(out, "%s\t%s\n", f->networks[0].at[i].gateway, name);
}

static void add_wished(const struct plan *p, const struct spec *s, const struct facts *f, struct str *out)
{
	for (size_t i = 0; i < s->names.hosts.n; i++) {
		const char *text = s->names.hosts.v[i];
		size_t len = strcspn(text, ":");
		const char *name = arena_strndup(p->arena, text, len), *address = text + len + 1;

		if (str_eq(address, "host-gateway"))
			add_gateway(s, f, name, out);
		else
			str_addf(out, "%s\t%s\n", address, name);
	}
}

/* By each address that it has, in the order of its networks. */
static void add_own(const struct plan *p, const struct spec *s, const struct facts *f, struct str *out)
{
	const char *name = hostname_of(p, s, f);

	if (s->network.mode != NET_BRIDGE)
		str_add(out, own_line(p, OWN_ADDRESS, name));
	for (size_t i = 0; s->network.mode == NET_BRIDGE && i < f->n_networks; i++)
		for (size_t k = 0; k < f->networks[i].n_at; k++)
			str_add(out, own_line(p, f->networks[i].at[k].address, name));
}

static const char *hosts_of(const struct plan *p, const struct spec *s, const struct facts *f)
{
	static const char usual[] = "127.0.0.1\tlocalhost\n"
				    "::1\tlocalhost ip6-localhost ip6-loopback\n"
				    "fe00::\tip6-localnet\n"
				    "ff00::\tip6-mcastprefix\n"
				    "ff02::1\tip6-allnodes\n"
				    "ff02::2\tip6-allrouters\n";
	bool own = s->network.mode != NET_HOST || s->ns[NS_UTS].mode == NS_MODE_NEW;
	struct str out = { .arena = p->arena };
	size_t len;

	str_add(&out, s->network.mode == NET_HOST ? f->hosts : usual);
	len = out.len;
	if (len && out.p[len - 1] != '\n' && (own || s->names.hosts.n))
		str_add(&out, "\n");
	add_wished(p, s, f, &out);
	if (own)
		add_own(p, s, f, &out);
	return str_get(&out);
}

/* Whether an address of that family, of a network that leads out, is among its own. */
static bool has_way_out(const struct facts *f, bool ipv6)
{
	for (size_t i = 0; i < f->n_networks; i++)
		for (size_t k = 0; k < f->networks[i].n_at; k++)
			if (f->networks[i].at[k].way_out &&
			    !strchr(f->networks[i].at[k].address, ':') == !ipv6)
				return true;
	return false;
}

/* The network whose name server it asks; NULL: of none. One that leads out knows all that others know, and an
 * internal one says of all else that there is no such name, by which the C library is done. */
static const struct network_fact *asked_network(const struct spec *s, const struct facts *f)
{
	const struct network_fact *asked = NULL;

	for (size_t i = 0; s->network.mode == NET_BRIDGE && i < f->n_networks; i++)
		if (f->networks[i].dns_server && (!asked || (asked->internal && !f->networks[i].internal)))
			asked = &f->networks[i];
	return asked && asked->internal && (has_way_out(f, false) || has_way_out(f, true)) ? NULL : asked;
}

/* That server takes the host's place, and where it knows nothing outside, there is no domain of the host's
 * to be searched; a person's choice stands before both. */
static struct spec_names names_asked(const struct plan *p, const struct spec *s, const struct facts *f)
{
	const struct network_fact *asked = asked_network(s, f);
	struct spec_names names = s->names;

	if (!asked || names.servers.n)
		return names;
	strv_push(p->arena, &names.servers, asked->at[0].gateway);
	if (asked->internal && !names.search.n)
		strv_push(p->arena, &names.search, ".");
	return names;
}

/* Where no name server is left: docker's and podman's choice; pasta's is the host's resolver, wherever that
 * is (plan/steps/pasta.c). */
static const char *resolv_of(const struct plan *p, const struct spec *s, const struct facts *f)
{
	bool bridge = s->network.mode == NET_BRIDGE, ipv6 = bridge && has_way_out(f, true);
	const struct spec_names names = names_asked(p, s, f);
	const struct resolv_wish w = {
		.loopback = s->network.mode == NET_HOST || f->resolv_is_own,
		.ipv6 = ipv6 || s->network.mode == NET_PASTA || f->resolv_is_own,
		.names = &names,
		.fallback = s->network.mode == NET_PASTA ?
				    "nameserver " PASTA_DNS "\n" :
			    ipv6 && !has_way_out(f, false) ?
				    "nameserver 2001:4860:4860::8888\nnameserver 2001:4860:4860::8844\n" :
				    "nameserver 8.8.8.8\nnameserver 8.8.4.4\n",
	};

	return resolv_for_container(p->arena, f->resolv, &w);
}

/* ---- the names of others ---- */

/* The word is put behind the list, unless that has it. */
static void add_name(struct str *list, const char *name)
{
	if (str_has_word(str_get(list), " ", name, strlen(name)))
		return;
	str_add(list, list->len ? " " : "");
	str_add(list, name);
}

/* The name, the aliases, the short id, which docker has, too. */
static const char *names_on(const struct plan *p, const struct facts *f, const struct network_fact *n)
{
	struct str names = { .arena = p->arena };

	add_name(&names, f->name);
	for (size_t i = 0; i < n->aliases.n; i++)
		add_name(&names, n->aliases.v[i]);
	add_name(&names, arena_strndup(p->arena, f->id, 12));
	return names.p;
}

static const char *own_names(const struct plan *p, const struct spec *s, const struct facts *f)
{
	const char *name = hostname_of(p, s, f);
	struct str own = { .arena = p->arena };

	add_name(&own, name);
	add_name(&own, arena_strndup(p->arena, name, strcspn(name, ".")));
	return own.p;
}

/* In the network of another it finds whom that finds, and is nobody there itself. */
static void build_guest(struct plan *p, const struct facts *f)
{
	const struct step *other;

	for (size_t at = 0; (other = plan_next(&f->other, STEP_NAMES, &at));) {
		struct step *st = plan_add(p, STEP_NAMES, NULL);

		st->names = other->names;
		st->names.addresses = (struct strv){ 0 };
		st->names.names = "";
	}
}

static void add_names(struct plan *p, const struct facts *f, const struct network_fact *n, const char *own,
		      const char *whose, const char *note)
{
	struct step *st = plan_add(p, STEP_NAMES, note);

	st->names.network = n->dir;
	st->names.names = names_on(p, f, n);
	st->names.own = own;
	st->names.whose = whose;
	for (size_t i = 0; i < n->n_at; i++)
		strv_push(p->arena, &st->names.addresses, n->at[i].address);
}

void build_names_host(struct plan *p, const struct spec *s, const struct facts *f)
{
	if (s->network.mode == NET_CONTAINER)
		build_guest(p, f);
	for (size_t i = 0; s->network.mode == NET_BRIDGE && i < f->n_networks; i++)
		add_names(p, f, &f->networks[i], own_names(p, s, f), f->id,
			  i ? NULL : "others on its networks find it by its names, and it them");
}

void build_names_joined(struct plan *p, const struct plan *old, const struct facts *f)
{
	size_t at = 0;
	const struct step *has = plan_next(old, STEP_NAMES, &at);

	/* the head of its file is what it was made with */
	add_names(p, f, &f->networks[0], has ? has->names.own : "", f->id,
		  "others there find it by its names, and it them");
}

static bool is_users(const struct spec *s, const char *target)
{
	for (size_t i = 0; i < s->n_mounts; i++)
		if (str_eq(s->mounts[i].target, target))
			return true;
	return false;
}

/* What the other container of the network began with; NULL: the user mounted something there. */
static const char *text_of_other(const struct facts *f, const char *path)
{
	for (size_t i = 0; i < f->other.count; i++)
		if (f->other.steps[i].kind == STEP_FILE && str_eq(f->other.steps[i].file.path, path))
			return f->other.steps[i].file.text;
	return NULL;
}

void build_names(struct plan *p, const struct spec *s, const struct facts *f)
{
	const struct {
		const char *path, *text;
	} files[] = {
		{ "/etc/hosts", hosts_of(p, s, f) },
		{ "/etc/hostname", arena_printf(p->arena, "%s\n", hostname_of(p, s, f)) },
		{ "/etc/resolv.conf", resolv_of(p, s, f) },
	};
	const char *note = "names: files that the container has in /etc";

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *other = text_of_other(f, files[i].path);
		struct step *st;

		if (is_users(s, files[i].path) || (i == 0 && s->names.no_hosts))
			continue;
		st = plan_add(p, STEP_FILE, note);
		st->file.path = files[i].path;
		st->file.text = other ? other : files[i].text;
		st->file.others = i == 0 && plan_last(p, STEP_NAMES);
		note = NULL;
	}
}
