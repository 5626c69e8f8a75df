change("host"; .addrs |= map(select(.ip != "10.10.0.1/24")) | .routes |= map(select(.dst != "10.10.0.0/24" and .dst != "10.10.0.1")))
