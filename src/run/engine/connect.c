/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/engine/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/io.h"
#include "kernel/process/pidfd.h"
#include "plan/build/connect.h"
#include "plan/compare.h"
#include "plan/steps/net.h"
#include "run/engine/behind.h"
#include "run/engine/network.h"
#include "run/engine/spread.h"
#include "run/start/inside.h"
#include "state/networks.h"
#include "state/record_update.h"

#define CONNECTING "connecting"

/* ---- leases that no record has ---- */

static bool is_other(const char *id, void *arg)
{
	return strcmp(id, arg) != 0;
}

static int begin_lease(const struct container *c, const char *network, struct err *e)
{
	int r = io_write_file(c->dir, CONNECTING, network, strlen(network), 0600);

	return r < 0 ? err_set(e, "state", -r, "write %s of container %.12s", CONNECTING, c->id) : 0;
}

static void end_lease(const struct container *c)
{
	unlinkat(c->dir, CONNECTING, 0);
}

int connect_forget(const struct container *c, const struct plan *p, struct live *live, struct err *e)
{
	char network[NAME_MAX + 1];
	struct attachment at;
	int r = 0;

	if (io_read_small(c->dir, CONNECTING, network, sizeof(network)) <= 0)
		return 0;
	if (!build_attachment(p, network, &at))
		r = network_sweep_of(live, network, is_other, (char *)c->id, e);
	if (r == 0)
		end_lease(c);
	return r;
}

/* Of a container that goes on. */
static int forget_left(struct control *k, struct err *e)
{
	struct live live;
	int r;

	live_init(&live, k->c.id, k->arena, k->st->fd);
	r = connect_forget(&k->c, &k->rec.plan, &live, e);
	live_close(&live);
	return r;
}

/* ---- what is asked for ---- */

int connect_allowed(const struct control *k, struct err *e)
{
	const char *network = k->rec.network;

	if (str_eq(network, "bridge") || k->rec.connects.n)
		return 0;
	err_set(e, "network-mode", EINVAL, "change the networks of container %s", k->rec.name);
	if (str_eq(network, "none"))
		return err_cause(e, "it was made with --network none, and is to have none"),
		       err_hint(e, "make it with --network NETWORK");
	if (str_eq(network, "pasta"))
		return err_cause(e, "it has a network in user space"),
		       err_hint(e, "as root, make it with --network NETWORK");
	err_cause(e, str_eq(network, "host") ? "it has the machine's own network" :
					       "its network namespace is another's");
	return err_hint(e, str_eq(network, "container") ? "connect the container that it shares it with" :
							  "make it with --network NETWORK");
}

int connect_is_on(const struct control *k, const char *network, struct err *e)
{
	return err_set(e, "network-connected", EEXIST, "connect container %s to network %s", k->rec.name,
		       network),
	       err_cause(e, "it is on that network already"),
	       err_hint(e, "guise network disconnect %s %s takes it off", network, k->rec.name);
}

int connect_is_not_on(const struct control *k, const char *network, struct err *e)
{
	return err_set(e, "network-not-connected", ENOENT, "disconnect container %s from network %s",
		       k->rec.name, network),
	       err_cause(e, "it is not on that network");
}

/* Ports that lead to an address that goes would be held, and lead nowhere. */
static int check_ports(const struct control *k, const struct attachment *at, struct err *e)
{
	const struct step_publish *s;

	for (size_t i = 0; (s = plan_next_publish(&k->rec.plan, &i));) {
		if (!str_eq(s->network, at->dir))
			continue;
		err_set(e, "network-has-ports", EBUSY, "disconnect container %s from network %s", k->rec.name,
			net_name(at->dir));
		err_cause(e, "its published ports lead there (guise port %s)", k->rec.name);
		return err_hint(
			e,
			"stop it, then disconnect it: when it starts they lead to another of its networks");
	}
	return 0;
}

int connect_link_is_taken(const struct control *k, const char *link, struct err *e)
{
	return err_set(e, "link-exists", EEXIST, "make link %s in container %s", link, k->rec.name),
	       err_cause(e, "it is that of another of its networks"),
	       err_hint(e, "leave out --interface-name, and the next eth0, eth1, ... is taken");
}

static bool is_named(const char *word, const char *network)
{
	size_t len = strlen(network);

	return strncmp(word + 1, network, len) == 0 && (!word[1 + len] || word[1 + len] == ':');
}

/* A network has one word: the last one counts. */
static struct strv add_word(struct arena *a, const struct strv *words, const char *network, const char *word)
{
	struct strv all = { 0 };

	for (size_t i = 0; i < words->n; i++)
		if (!is_named(words->v[i], network))
			strv_push(a, &all, words->v[i]);
	strv_push(a, &all, word);
	return all;
}

int connect_next(struct control *k, const char *network, const char *word, struct err *e)
{
	struct record changed = k->rec;
	int r;

	changed.connects = add_word(k->arena, &changed.connects, network, word);
	if ((r = record_write_wish(&k->c, &changed, e)) == 0)
		k->rec = changed;
	return r;
}

/* As a start names them, the next that it doesn't have. */
static const char *free_cable(struct control *k)
{
	for (size_t i = 0;; i++) {
		const char *name = network_cable(k->arena, k->c.id, i);
		const struct step_veth *veth;
		bool taken = false;

		for (size_t at = 0; (veth = plan_next_veth(&k->rec.plan, &at));)
			taken |= str_eq(veth->name, name);
		if (!taken)
			return name;
	}
}

static bool has_link(const struct plan *p, const char *link)
{
	struct plan_endpoint ep;

	for (size_t at = 0; plan_next_endpoint(p, &at, &ep);)
		if (str_eq(ep.link, link))
			return true;
	return false;
}

static int choose_link(struct control *k, struct spec_attachment *wish, struct err *e)
{
	const struct plan *p = &k->rec.plan;

	for (unsigned i = 0; !wish->link; i++) {
		const char *link = arena_printf(k->arena, "eth%u", i);

		wish->link = has_link(p, link) ? NULL : link;
	}
	return has_link(p, wish->link) ? connect_link_is_taken(k, wish->link, e) : 0;
}

/* ---- doing it ---- */

/* Of the process that pidfd stands for: it is still there behind that. */
static int open_netns(const struct control *k, struct live *live, struct err *e)
{
	const char *path = arena_printf(k->arena, "/proc/%d/ns/net", k->pid);

	live_init(live, k->c.id, k->arena, k->st->fd);
	live->netns = open(path, O_RDONLY | O_CLOEXEC);
	if (live->netns >= 0 && !pidfd_ended(k->pidfd, 0))
		return 0;
	return err_set(e, "not-running", ESRCH, "change the networks of container %s", k->rec.name),
	       err_cause(e, "it has just ended");
}

static void close_live(struct live *live)
{
	live_unlock_networks(live);
	spread(live);
	behind_leave(live);
	fd_close(&live->netns);
	live_close(live);
}

/* What counts of a network upon a link of the host's for a way out by it. */
static struct network_fact upper_of(struct arena *a, const struct network *def, const char *dir)
{
	struct network_fact n = { .dir = dir,
				  .driver = driver_name[def->driver],
				  .mode = def->mode,
				  .parent = def->parent,
				  .at = arena_array(a, struct address_fact, def->n_subnets),
				  .n_at = def->n_subnets };
	char text[IP_TEXT];

	for (size_t i = 0; i < n.n_at; i++)
		n.at[i].gateway = arena_strdup(a, ip_text(def->subnets[i].gateway, text));
	return n;
}

static struct ways_out find_ways(struct control *k)
{
	struct ways_out ways = { 0 };
	struct attachment at;
	struct err ignored;
	struct network def;

	for (size_t i = 0; build_next_attachment(&k->rec.plan, &i, &at);) {
		if (networks_load(k->st, k->arena, net_name(at.dir), &def, &ignored) < 0)
			continue;
		if (def.no_default_route || def.internal)
			strv_push(k->arena, &ways.shut, at.dir);
		else if (def.driver != DRIVER_BRIDGE)
			arena_push(k->arena, ways.uppers, ways.n_uppers, upper_of(k->arena, &def, at.dir));
	}
	return ways;
}

/* The record says more than there is, until the end of it. */
static int detach(struct control *k, const struct attachment *at, struct err *e)
{
	struct plan gone = { .arena = k->arena }, moved = gone;
	struct record changed = k->rec;
	struct ways_out ways = find_ways(k);
	const char *name = net_name(at->dir);
	struct live live;
	int r;

	changed.plan = gone;
	build_disconnect(&k->rec.plan, at, &ways, &gone, &moved, &changed.plan);
	changed.connects = add_word(k->arena, &changed.connects, name, arena_printf(k->arena, "-%s", name));
	if ((r = open_netns(k, &live, e)) == 0) {
		spread_leaving(&live, at->dir);
		r = plan_undo(&gone, &live, e);
	}
	if (r == 0 && moved.count)
		r = inside_apply(&moved, &live, e);
	if (r == 0 && (r = record_write_container(&k->c, &changed, e)) == 0)
		k->rec = changed;
	close_live(&live);
	return r;
}

/* What can't be undone stays recorded, for disconnect and the end. */
static void take_back(struct control *k, struct live *live, const struct plan *change)
{
	struct err ignored;

	live_unlock_networks(live);
	if (plan_undo(change, live, &ignored) == 0)
		record_write_container(&k->c, &k->rec, &ignored);
}

static int apply(const struct plan *change, struct live *live, struct err *e)
{
	int r = plan_apply(change, PHASE_BEFORE, live, e);

	live_unlock_networks(live);
	return r < 0 ? r : inside_apply(change, live, e);
}

/* Lease and record, as a start does it. */
static int take(struct control *k, const struct spec_attachment *wish, struct live *live, struct plan *change,
		struct record *changed, struct err *e)
{
	struct spec_attachment one = *wish;
	const struct spec_network network = { .mode = NET_BRIDGE, .attachments = &one, .n_attachments = 1 };
	struct facts f = { 0 };
	int r = network_probe(k->st, live, &network, &f, false, e);

	if (r == 0) {
		f.id = k->c.id;
		f.name = k->rec.name;
		f.networks[0].cable = free_cable(k);
		build_connect(&k->rec.plan, &f, change, &changed->plan);
		r = record_write_container(&k->c, changed, e);
	}
	if (r < 0) {
		record_write_container(&k->c, &k->rec,
				       &(struct err){ 0 }); /* if only one of the two was written */
		network_release(live, &f);
	}
	return r;
}

static const char *network_of(const struct plan *change)
{
	const char *network = NULL;

	for (size_t i = 0; !network && i < change->count; i++)
		network = step_network_dir(&change->steps[i]);
	return network;
}

static int attach(struct control *k, const struct spec_attachment *wish, const char *word, struct err *e)
{
	struct plan change = { .arena = k->arena };
	struct record changed = k->rec;
	struct live live;
	int r;

	changed.plan = change;
	changed.connects = add_word(k->arena, &changed.connects, wish->network, word);
	if ((r = open_netns(k, &live, e)) == 0 && (r = begin_lease(&k->c, wish->network, e)) == 0) {
		r = take(k, wish, &live, &change, &changed, e);
		end_lease(&k->c);
		if (r == 0 && (r = apply(&change, &live, e)) < 0) {
			take_back(k, &live, &change);
		} else if (r == 0) {
			spread_joined(&live, network_of(&change));
			k->rec = changed;
		}
	}
	close_live(&live);
	return r;
}

/* ---- the two ---- */

/* Its last step is made last. */
static bool is_whole(struct control *k, const struct attachment *at)
{
	const struct ways_out none = { 0 };
	struct plan gone = { .arena = k->arena }, moved = gone, new = gone;
	struct str text = { .arena = k->arena };
	enum found found;
	struct target t;

	build_disconnect(&k->rec.plan, at, &none, &gone, &moved, &new);
	target_init(&t, k->arena, k->pid, fcntl(k->pidfd, F_DUPFD_CLOEXEC, 0));
	t.id = k->c.id;
	t.rundir = k->st->fd;
	t.plan = &k->rec.plan;
	found = step_check(&gone.steps[gone.count - 1], &t, &text);
	target_close(&t);
	return found != FOUND_MISSING && found != FOUND_DIFFERENT;
}

static int connect_locked(struct control *k, struct spec_attachment *wish, const char *word, struct err *e)
{
	struct attachment at;
	int r = control_look_again(k, "connect", e);

	if (r < 0 || (r = connect_allowed(k, e)) < 0)
		return r;
	if (build_attachment(&k->rec.plan, wish->network, &at)) {
		if (is_whole(k, &at))
			return connect_is_on(k, wish->network, e);
		if ((r = detach(k, &at, e)) < 0) /* the half that a killed connect left */
			return r;
	}
	if ((r = forget_left(k, e)) < 0 || (r = choose_link(k, wish, e)) < 0)
		return r;
	return attach(k, wish, word, e);
}

int connect_running(struct control *k, const struct spec_attachment *wish, const char *word, struct err *e)
{
	autoclose int lock = record_update_lock(&k->c, e);
	struct spec_attachment mine = *wish;

	return lock < 0 ? lock : connect_locked(k, &mine, word, e);
}

int disconnect_running(struct control *k, const char *network, struct err *e)
{
	autoclose int lock = record_update_lock(&k->c, e);
	struct attachment at;
	int r = lock < 0 ? lock : control_look_again(k, "disconnect", e);

	if (r < 0)
		return r;
	if (!build_attachment(&k->rec.plan, network, &at))
		return connect_is_not_on(k, network, e);
	r = check_ports(k, &at, e);
	return r < 0 ? r : detach(k, &at, e);
}
