/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/lab.h"

/* An exercise that doesn't say which it is: its task is what shall be so, and its hints are how one looks for anything. Title,
 * faults and solution stay, for who reveals them. */
void lab_disguise(struct arena *a, struct lab *l);
