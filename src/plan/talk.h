/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/err.h"
#include "plan/live.h"

/*
 * What HOST and INIT say to each other over live->sync, a SOCK_SEQPACKET pair, so that messages stay apart
 * and their sizes tell which they are. run/start/launch.c has the order.
 *
 *     HOST to INIT    a descriptor: a tree (STEP_TREE); a byte without one: go on
 *     INIT to HOST    a word (below), or a struct err: a step failed
 *     behind TALK_EXEC  nothing: end of file, and what was left in the memory that came with it (init_orders.h)
 *
 * Nothing is allocated here: INIT calls it between clone and exec.
 */
enum talk_word {
	TALK_TERMINAL = 't', /* comes with the master of the command's terminal */
	TALK_HOSTS = 'h',    /* comes with the container's /etc/hosts */
	TALK_REACHED = 'r',  /* STEP_TELL: INIT waits there */
	TALK_PARKED = 'p',   /* STEP_START: INIT waits for start, and no longer for HOST */
	TALK_LISTENER = 'l', /* INIT waits, and then loads a filter with a listener: run/start/listener.h */
	TALK_EXEC = 'x',     /* no step failed: comes with live->orders; guise-init is executed */
};

/* ---- INIT ---- */

/* 0, or -errno without e: HOST is gone. */
int talk_say(struct live *live, enum talk_word word);

/* TALK_EXEC. The same. */
int talk_say_exec(struct live *live);

/* TALK_HOSTS. The same. */
int talk_say_hosts(struct live *live, int fd);

/* Wait until HOST says go on, and take the trees that come before it. `what` is HOST's part. */
int talk_await_host(struct live *live, const char *what, struct err *e);

/* ---- HOST ---- */

/* Let INIT go on. That it has ended is no error here: the next that is heard says why. */
int talk_go_on(struct live *live, struct err *e);

/* Hear the next word. A terminal's master is left in live->terminal, and a hosts file in live->hosts, and neither
 * returned; what comes with TALK_EXEC, in live->orders. Fails with what INIT failed with, or, at the end of file, with how it ended. */
int talk_hear(struct live *live, enum talk_word *word, struct err *e);

/* The end of file came too early: the error says how INIT ended. Returns -e->no. */
int talk_died_early(struct live *live, struct err *e);

/* A step of HOST failed with e: because INIT had ended, and has said why? Returns -e->no. */
int talk_blame(struct live *live, struct err *e);
