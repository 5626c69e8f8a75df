/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/way.h"

/*
 * Neighbours: the MAC address that a packet is sent to. What the table holds is believed; else the question (ARP, or
 * neighbour discovery with its hooks of rules) goes out as a frame, and whoever has the address, or routes for it by
 * proxy_arp, sends the answer back as another. Both can get lost where the packet itself would pass.
 */
bool neigh_resolve(struct way *y, const struct world_netns *ns, const struct world_link *link, struct ip next,
		   bool is_gateway, const struct packet *p, uint8_t mac[6]);

/* Whoever is at `link` may know from now on where ip is, by something that is not told to every time. */
void neigh_perhaps(struct way *y, const struct world_netns *ns, const struct world_link *link, struct ip ip);

/* neigh_answer.c: would it answer a question that came in there? If not, *drop says why, where there is a reason. */
bool neigh_answers(struct way *y, const struct way_arrival *at, struct ip target, struct way_drop *drop);

/* Could nobody who is at that link answer for target, whatever becomes of the question on its way? */
bool neigh_is_deaf(const struct world_netns *ns, const struct world_link *link, struct ip target);

/* neigh_blame.c: nobody answered: the walk ends, with the reason that a person can do something about. */
void neigh_blame(struct way *y, const struct world_netns *ns, const struct world_link *link, struct ip target,
		 bool is_gateway);
