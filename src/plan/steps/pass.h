/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* STEP_PASS: a chain of somebody else's lets through what a network sends and gets */
struct step_pass {
	uint64_t family; /* NFPROTO_* */
	const char *table, *chain;
	bool xtables; /* iptables-nft's */
	const char *bridge;
	const char *mark; /* the rules' comment */
	const char *network;
};
