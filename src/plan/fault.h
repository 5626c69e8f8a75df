/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "plan/live.h"
#include "plan/step.h"

/*
 * For test/fault, in builds with -Dfaults=true; nothing otherwise. GUISE_FAULT=ACTION:SIDE:N makes something happen
 * before the N-th step that a process of that side applies, restores or undoes, counting from 1:
 *
 *     fail:host:3    the step fails
 *     kill:init:7    the process dies of a signal
 *     stop:init:7    the process goes no further, until the test has killed it, or the other one
 *
 * GUISE_FAULT_LOG is a descriptor that each step is reported to: "host 3 apply bridge". GUISE_FAULT_PORTS is after how many
 * containers a network's first bridge is full.
 */

/* 0, or -EIO "fault" where the step is to fail. */
int fault_inject(struct live *live, const char *side, const char *verb, const struct step *s, struct err *e);

/* The number that the variable says; without it, and in other builds: otherwise. */
unsigned fault_number(const char *variable, unsigned otherwise);

/* That descriptor; -1: none. */
int fault_log(void);
