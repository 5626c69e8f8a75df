change("host"; .sysctls |= with_entries(if .key | test("^net.ipv4.(ip_forward|conf.*[.]forwarding)$") then .value = "0" else . end))
