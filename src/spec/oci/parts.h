/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "spec/json.h"
#include "spec/oci/oci.h"

/*
 * The parts of a config.json, a file each: spec/oci/process.c, spec/oci/mount.c, spec/oci/linux.c (and
 * spec/oci/rdt.c for what few machines have), spec/oci/resources.c, spec/oci/annotation.c; oci.c puts them
 * together. Each reads one object into the model; failures are the reader's.
 *
 * A part checks what can be said of it alone. What depends on another part (a sysctl on a namespace) is
 * checked by oci_check(), at the end.
 */
enum { OCI_LIST_MAX = 65536 }; /* items of one list: far beyond any real one */

void oci_read_process(struct json_reader *r, struct json_object *o, struct oci_process *p);
void oci_read_mounts(struct json_reader *r, struct json_object *root, const char *bundle,
		     struct oci_config *c);
void oci_read_linux(struct json_reader *r, struct json_object *o, struct oci_config *c);
void oci_read_rdt(struct json_reader *r, struct json_object *o, struct oci_intel_rdt *rdt);
void oci_read_memory_policy(struct json_reader *r, struct json_object *o, struct oci_memory_policy *m);
void oci_read_resources(struct json_reader *r, struct json_object *o, struct spec_limits *l);
void oci_read_device_rules(struct json_reader *r, struct json_object *resources, struct oci_config *c);
void oci_read_annotations(struct json_reader *r, struct json_object *root, struct oci_config *c);
void oci_check(struct json_reader *r, struct oci_config *c);

/* process, annotations and linux: what there is of them in a config.json, or in what oci_write_inherited()
 * made of one and left in c->inherited. */
void oci_read_inherited(struct json_reader *r, struct json_object *root, struct oci_config *c);
void oci_write_inherited(struct arena *a, struct json_object *root, struct oci_config *c);

/* "uidMappings" or "gidMappings" of o. */
void oci_read_id_maps(struct json_reader *r, struct json_object *o, const char *key, struct spec_idmap **map,
		      size_t *n);

/* A string that must be there and not be empty. */
const char *oci_required(struct json_reader *r, struct json_object *o, const char *key);

/* A string; an empty one is as good as none. */
const char *oci_optional(struct json_reader *r, struct json_object *o, const char *key);

/* A path in the container without "//", "." and ".."; NULL and a failure if it leads out of the root. A
 * relative one is taken as below the root, as the specification wants it for mounts; `absolute`: it is an
 * error. */
const char *oci_path(struct json_reader *r, const char *key, const char *path, bool absolute);
