/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The capability portMappings, as the reference plugin portmap has it. */
#include "spec/cni/cni.h"

#include <json-c/json_object.h>
#include <netinet/in.h>

#include "kernel/net/port.h"
#include "spec/json.h"
#include "spec/publish.h"

enum { PORT_MAX = 65535, MAPPINGS_MAX = 4096 };

/* One without a port of the host's is passed over, as by portmap. */
static void read_mapping(struct json_reader *r, struct json_object *item, void *out)
{
	struct spec_port *port = out;
	const char *proto = json_string(r, item, "protocol"), *at = json_string(r, item, "hostIP");
	uint64_t host = 0, container = 0;
	char text[IP_TEXT];

	json_number(r, item, "hostPort", PORT_MAX, &host);
	json_number(r, item, "containerPort", PORT_MAX, &container);
	*port = (struct spec_port){ .host = (unsigned)host,
				    .container = (unsigned)container,
				    .host_count = 1,
				    .count = 1,
				    .proto = proto && *proto ? port_proto_of(proto) : IPPROTO_TCP };
	if (!container)
		json_fail(r, "containerPort", "must be a port of the container, 1 to %d", PORT_MAX);
	if (!port->proto)
		json_fail(r, "protocol", "must be tcp, udp or sctp");
	if (!at || !*at)
		return;
	struct ip ip = cni_ip(r, "hostIP", at);

	if (ip_is(ip))
		port->ip = arena_strdup(r->arena, ip_text(ip, text));
	if (str_eq(port->ip, "::1"))
		cni_unsupported(r, "hostIP", "::1");
}

/* What they lead to is the same, whoever asks; and who comes by the bridge's address is never otherwise. */
static void refuse(struct json_reader *r, struct cni_conf *conf)
{
	static const char *const conditions[] = { "conditionsV4", "conditionsV6" };
	bool snat = true;

	for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
		struct json_object *list = json_array(r, conf->root, conditions[i], PORT_MAX);

		if (list && json_object_array_length(list))
			cni_unsupported(r, conditions[i], "a list");
	}
	if (json_boolean(r, conf->root, "snat", &snat) && !snat)
		cni_unsupported(r, "snat", "false");
}

void cni_ports_parse(struct json_reader *r, struct json_object *runtime, struct cni_conf *conf)
{
	size_t n = 0, kept = 0;
	struct spec_port *ports = json_objects(r, runtime, "portMappings", MAPPINGS_MAX, sizeof(*ports),
					       read_mapping, &n);

	for (size_t i = 0; i < n; i++)
		if (ports[i].host)
			ports[kept++] = ports[i];
	for (size_t i = 0; i < kept; i++)
		for (size_t k = 0; k < i; k++)
			if (publish_overlap(&ports[i], &ports[k]))
				json_fail(r, "portMappings", "lead port %u of the host to two",
					  ports[i].host);
	conf->ports = ports;
	conf->n_ports = kept;
	if (kept)
		refuse(r, conf);
}
