change_link("host"; "veth2-br"; .name = "v\u001b[31m;rm -rf" | down)
