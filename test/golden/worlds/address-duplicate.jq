change("net2"; .addrs |= map(if .ip == "10.10.0.3/24" then .ip = "10.10.0.2/24" else . end))
