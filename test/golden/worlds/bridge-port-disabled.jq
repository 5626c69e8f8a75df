change_link("host"; "veth2-br"; .port.state = 4)
