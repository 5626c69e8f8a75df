change_link("net2"; "veth2"; down) | change("net2"; .routes = [])
