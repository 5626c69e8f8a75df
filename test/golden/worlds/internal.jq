change("host"; .tables = [] | no_default) | change("net1"; no_default) | change("net2"; no_default) | change("net3"; no_default)
