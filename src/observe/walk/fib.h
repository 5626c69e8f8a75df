/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "observe/walk/way.h"

/* Let rules ask the routes (struct packet_fib). */
void fib_answers(struct packet *p);
