change("net2"; .addrs |= map(select(.ip != "10.10.0.3/24")) | .routes = [])
