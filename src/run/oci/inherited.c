/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/oci/inherited.h"

#include <errno.h>
#include <string.h>

#include "base/io.h"

static const char file[] = "config.json";

int oci_inherited_save(const struct oci_container *o, const char *text, struct err *e)
{
	int r = text ? io_write_file(o->c.dir, file, text, strlen(text), 0600) : 0;

	return r < 0 ? err_set(e, "state", -r, "write the configuration of container %s", o->c.id) : 0;
}

int oci_inherited_load(const struct oci_container *o, struct oci_config *c, struct err *e)
{
	char *text;
	size_t len;
	int r = io_read_file(o->arena, o->c.dir, file, OCI_CONFIG_MAX, &text, &len);

	if (r == 0)
		return oci_parse_inherited(o->arena, text, len, c, e);
	err_set(e, "record-bad", -r, "read the configuration of container %s", o->c.id);
	return err_hint_for(e, ENOENT, "no process was configured for it");
}
