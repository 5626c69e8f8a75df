/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/cni/cni.h"

#include <errno.h>
#include <stdlib.h>

/* ---- undoing ---- */

int cni_forget(const struct cni *c, const struct cni_record *record, struct err *e)
{
	int r = 0;

	/* an address may be given out again when the interface that had it is gone */
	if (record->delegate)
		r = cni_delegate(c, record->delegate, "DEL", record->config, NULL, NULL, e);
	return r < 0 ? r : cni_record_remove(c, record->key, e);
}

static int detach(const struct cni *c, const struct cni_record *record, struct err *e)
{
	struct live live;
	int r;

	live_init(&live, record->key, c->arena, c->rundir);
	live.behind = true; /* what is shared goes with the last one, now */
	r = plan_undo(&record->plan, &live, e);
	live_close(&live);
	return r < 0 ? r : cni_forget(c, record, e);
}

/* ---- leases without a record: of who was killed before it was written ---- */

static bool is_another(const char *owner, void *key)
{
	return !str_eq(owner, key);
}

static bool has_record(const char *owner, void *c)
{
	return cni_record_there(c, owner);
}

static int sweep(const struct cni *c, bool (*is_alive)(const char *, void *), void *arg, struct err *e)
{
	struct live live;
	int r;

	live_init(&live, "", c->arena, c->rundir);
	r = cni_lock(c, &live, e);
	if (r == 0)
		r = lease_sweep(&live_network(&live, cni_lease_dir(c))->leases, is_alive, arg, NULL, e);
	live_close(&live);
	return r;
}

/* ---- DEL ---- */

/* "Plugins should generally complete a DEL action without error even if some resources are missing." What there is of
 * an attachment says its record alone: neither the namespace nor prevResult is needed. */
int cni_del(const struct cni *c, struct err *e)
{
	const char *key = cni_key(c->arena, c->conf->name, c->call->container, c->call->ifname, e);
	struct cni_record record;
	int r;

	if (!key)
		return -e->no;
	r = cni_record_read(c, key, &record, e);
	if (r == 0) {
		record.delegate = c->conf->delegate;
		record.config = c->conf->text;
		return detach(c, &record, e);
	}
	if (r != -ENOENT)
		return r;
	*e = (struct err){ 0 };
	r = sweep(c, is_another, (void *)key, e);
	return r < 0 || !c->conf->delegate ?
		       r :
		       cni_delegate(c, c->conf->delegate, "DEL", c->conf->text, NULL, NULL, e);
}

/* ---- GC ---- */

static bool is_valid(const struct cni_conf *conf, const struct cni_record *record)
{
	for (size_t i = 0; i < conf->n_valid; i++)
		if (str_eq(conf->valid[i].container, record->container) &&
		    str_eq(conf->valid[i].ifname, record->ifname))
			return true;
	return false;
}

static int collect(const struct cni *c, const char *key, struct err *e)
{
	struct cni_record record;
	int r = cni_record_read(c, key, &record, e);

	if (r < 0 || is_valid(c->conf, &record))
		return r == -ENOENT ? 0 : r; /* its DEL came first */
	setenv("CNI_CONTAINERID", record.container, 1);
	setenv("CNI_IFNAME", record.ifname, 1);
	setenv("CNI_NETNS", "", 1);
	return detach(c, &record, e);
}

/* "GC should complete without error, removing as many resources as possible, and report errors back." */
int cni_gc(const struct cni *c, struct err *e)
{
	struct strv keys = { 0 };
	struct err later = { 0 };
	int first, r;

	if (!c->conf->has_valid) {
		err_set(e, "cni-config", EINVAL, "collect what no attachment of %s has", c->conf->name);
		return err_cause(e, "the network configuration has no cni.dev/valid-attachments");
	}
	first = cni_record_list(c, &keys, e);
	for (size_t i = 0; i < keys.n; i++)
		if ((r = collect(c, keys.v[i], first ? &later : e)) < 0 && !first)
			first = r;
	if ((r = sweep(c, has_record, (void *)c, first ? &later : e)) < 0 && !first)
		first = r;
	if (!c->conf->delegate || !cni_delegate_knows(c, c->conf->delegate, cni_versions[CNI_1_1_0]))
		return first;
	r = cni_delegate(c, c->conf->delegate, "GC", c->conf->text, NULL, NULL, first ? &later : e);
	return first ? first : r;
}
