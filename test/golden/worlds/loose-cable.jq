change_link("host"; "veth2-br"; del(.master, .is_port, .port))
| change("net2"; .addrs |= map(if .ip == "10.10.0.3/24" then .ip = "10.99.0.3/24" else . end) | no_default)
