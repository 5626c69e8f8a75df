change_link("host"; "veth2-br"; down)
