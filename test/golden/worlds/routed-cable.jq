# as calico has them: an address alone, and a route to it
change_link("host"; "veth2-br"; del(.master, .is_port, .port))
| change("net2"; .addrs |= map(if .ip == "10.10.0.3/24" then .ip = "10.99.0.3" else . end)
	| .routes = [{family: 2, type: 1, table: 254, protocol: 3, via: "169.254.1.1", oif: 2},
		{family: 2, type: 1, table: 254, scope: 253, protocol: 3, dst: "169.254.1.1", oif: 2}])
| change("host"; .routes += [{family: 2, type: 1, table: 254, scope: 253, protocol: 3, dst: "10.99.0.3", oif: 5}])
