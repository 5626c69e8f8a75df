change("net2"; .routes += [{family: 2, type: 6, table: 254, protocol: 3, dst: "10.10.0.1", oif: 1}])
