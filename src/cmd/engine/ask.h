/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/* Ask a person, who reads `at`: 1 for an answer that begins with a y, 0 for any other, -1 where nobody answers. It is read
 * from standard input, wherever that comes from, as docker does. */
int ask_person(FILE *at, const char *question);

/* The same on standard output, but `yes`, the value of the option that says so, answers for them. Where nobody does,
 * nothing is wanted, and a script is told: -EINVAL "unanswered", naming the command and that option. */
int ask(const char *command, const char *question, const char *option, bool yes, bool *wanted, struct err *e);
