/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/build/build.h"
#include "plan/plan.h"
#include "spec/cni/cni.h"

/*
 * The life of an attachment of guise-cni: a container's interface on a network.
 *
 *     configuration, environment ──spec/cni────▶ conf, call
 *                                ──facts.c─────▶ facts: bridge and addresses, chosen under the network's lock
 *                                ──plan/build──▶ plan of the same steps as the engine's
 *                                ──state.c─────▶ record: written whole before the first step
 *                                ──add.c───────▶ HOST steps, then INIT steps inside the given namespace
 *     DEL, GC                    ──del.c───────▶ the record's plan undone, backwards; the record goes last
 *     CHECK                      ──check.c─────▶ each step read and compared
 *
 * Its state is apart from the engine's, below /run/guise/cni, which dies with the boot as all of it does:
 *
 *     attachments/NETWORK:CONTAINER:INTERFACE   the record; that name is the key, and owner of the leases
 *     net/NAMESPACE/NETWORK/                    leases and the network's lock (net/lease.h)
 *
 * A lease without a record is one whose ADD was killed between the two, under the network's lock: DEL and GC take it
 * back.
 */

#define CNI_STATE "/run/guise/cni"

struct cni {
	struct arena *arena;
	const struct cni_call *call;
	const struct cni_conf *conf;
	int rundir; /* CNI_STATE */
};

/* What a record says. */
struct cni_record {
	const char *key, *network, *container, *ifname;
	const char *delegate, *config; /* that gave the addresses, and with what; NULL: none did */
	struct plan plan;
};

/* ---- state.c ---- */

/* CNI_STATE, made where it is not there. -errno "state". */
int cni_state_open(int *rundir, struct err *e);
/* "NETWORK:CONTAINER:INTERFACE"; NULL with e "cni-config" where that is too long for a file's name. */
const char *cni_key(struct arena *a, const char *network, const char *container, const char *ifname,
		    struct err *e);
bool cni_record_there(const struct cni *c, const char *key);
int cni_record_write(const struct cni *c, const char *key, const struct plan *p, struct err *e);
/* -ENOENT where there is none. */
int cni_record_read(const struct cni *c, const char *key, struct cni_record *record, struct err *e);
int cni_record_remove(const struct cni *c, const char *key, struct err *e);
/* The keys of all attachments of the network. */
int cni_record_list(const struct cni *c, struct strv *keys, struct err *e);
/* The directory of the network's leases, opened below rundir; dir->fd -1 where there is none and !make. */
const char *cni_lease_dir(const struct cni *c);

/* ---- facts.c ---- */

/* Choose the bridge and take the addresses: with the network locked. result: what a delegated plugin gave, or NULL. */
int cni_probe(const struct cni *c, struct live *live, const struct cni_result *result, struct facts *f,
	      struct err *e);
int cni_lock(const struct cni *c, struct live *live, struct err *e);

/* As text, in the arena: "10.1.0.2"; with its length. */
const char *cni_text(struct arena *a, struct ip ip);
const char *cni_net_text(struct arena *a, struct ip ip);

/* ---- routes.c ---- */

/* Take them in, once the addresses are known. One whose gateway nobody knows is left out. */
void cni_routes(const struct cni *c, struct network_fact *n, const struct cni_route *routes, size_t count);

/* ---- ports.c ---- */

/* Fill in what is published, once the addresses are known. -EADDRINUSE "port-taken", "no-address", "no-ports". */
int cni_ports(const struct cni *c, struct facts *f, struct err *e);

/* ---- delegate.c ---- */

/* Run the plugin that gives addresses for that verb, with the configuration on its standard input. out, which may be
 * NULL, is what it printed. -errno "cni-delegate". */
int cni_delegate(const struct cni *c, const char *plugin, const char *verb, const char *config, char **out,
		 size_t *len, struct err *e);
/* Does it know that version of the specification? */
bool cni_delegate_knows(const struct cni *c, const char *plugin, const char *version);

/* ---- the verbs ---- */

/* Open CNI_NETNS. -errno "cni-namespace". */
int cni_open_netns(const char *path, int *fd, struct err *e);

int cni_add(const struct cni *c, struct str *out, struct err *e);
int cni_del(const struct cni *c, struct err *e);
int cni_check(const struct cni *c, struct err *e);
int cni_status(const struct cni *c, struct err *e);
int cni_gc(const struct cni *c, struct err *e);

/* All is undone: let the delegated plugin do the same, and remove the record. */
int cni_forget(const struct cni *c, const struct cni_record *record, struct err *e);
