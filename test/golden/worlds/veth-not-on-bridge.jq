change_link("host"; "veth2-br"; del(.master, .is_port, .port) | down)
