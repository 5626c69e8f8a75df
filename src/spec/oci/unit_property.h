/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/arena.h"
#include "base/err.h"

/*
 * Properties of a systemd unit, as they are sent over D-Bus (org.freedesktop.systemd1(5)), each written as
 * one text:
 *
 *     NAME SIGNATURE VALUE     "MemoryMax t 104857600", "Slice s machine.slice", "Delegate b true"
 *
 * SIGNATURE is one of D-Bus: b y n q i u x t d s o, or "as", whose strings are apart by newlines, or "ay",
 * whose bytes are decimal numbers with spaces between.
 */
struct unit_property {
	const char *name, *signature, *value;
};

/* Take the text apart; it is what the builder wrote, or a record. -EINVAL if it is no such text. */
int unit_property_split(struct arena *a, const char *text, struct unit_property *p);

/* The annotation org.systemd.property.NAME of a config.json: value is in GVariant's text format ("true",
 * "'inactive'", "uint64 5", "@t 5", "['a', 'b']"). As runc does, NAMESec in seconds becomes NAMEUSec. */
int unit_property_annotation(struct arena *a, const char *name, const char *value, const char **text,
			     struct err *e);
