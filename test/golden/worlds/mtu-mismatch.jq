change_link("host"; "veth2-br"; .mtu = 1000)
