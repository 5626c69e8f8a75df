change("net2"; .routes |= map(if .via then .via = "10.10.0.254" else . end))
