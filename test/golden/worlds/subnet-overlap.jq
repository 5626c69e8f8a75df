change("host"; .addrs += [{link: 2, ip: "10.10.0.77/24", flags: 128}] | .routes += [{family: 2, type: 1, table: 254, scope: 253, protocol: 2, dst: "10.10.0.0/24", prefsrc: "10.10.0.77", oif: 2}])
