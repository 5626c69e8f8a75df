change_link("net2"; "veth2"; .flags += 128)
