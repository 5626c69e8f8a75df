change_link("host"; "br0"; down)
