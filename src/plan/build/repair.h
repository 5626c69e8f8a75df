/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/plan.h"

/*
 * Repairs as steps (plan/steps/repair.h), for who finds what is broken. Each appends to the plan one change in the network
 * namespace of that path ("": guise's own), and says what was before, for undo. Texts outlive the plan or are of its
 * arena; none is NULL.
 */

/* `ip link set LINK KEY VALUE`: state up, master br0, mtu 1500, arp on, address MAC; of a port: port-state 3, isolated off,
 * learning on, flood on, locked off, vlan 10; of a bridge: vlan_filtering 0, nf_call_iptables 0. */
void repair_link(struct plan *p, const char *netns, const char *link, const char *key, const char *value,
		 const char *was);

void repair_address(struct plan *p, bool add, const char *netns, const char *link, const char *address);
void repair_forget(struct plan *p, const char *netns, const char *link, const char *address, const char *mac,
		   uint64_t state);
void repair_setting(struct plan *p, const char *netns, const char *name, const char *value, const char *was);
void repair_route(struct plan *p, bool add, const struct step_fix_route *route);
void repair_policy(struct plan *p, bool add, const struct step_fix_policy *policy);
void repair_rule(struct plan *p, const struct step_fix_rule *rule);

/* A program of iptables-legacy or ebtables-legacy, and the one that takes that back: words with blanks between. */
void repair_program(struct plan *p, const char *netns, const char *words, const char *back);

/* A file of a cgroup; was NULL: it can't be taken back. */
void repair_cgroup(struct plan *p, const char *path, const char *file, const char *value, const char *was);
