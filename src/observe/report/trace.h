/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/str.h"
#include "observe/walk/walk.h"

/* A walk for a person: hop by hop, there and back; the verdict is the last line. */
void trace_text(struct str *out, const struct walk *w);

/* And for a program: an object with verdict, hops, and for "blocked" object, rule or setting. */
void trace_json(struct str *out, const struct walk *w);
