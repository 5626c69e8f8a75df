change_link("net2"; "lo"; .flags = 8 | .operstate = "down")
