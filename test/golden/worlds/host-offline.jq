change_link("host"; "up0"; down) | change("host"; no_default)
