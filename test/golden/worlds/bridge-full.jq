change("host"; .links += [range(100; 1122) | {index: ., name: "p\(.)", kind: "dummy", master: 3, mtu: 1500, flags: up, carrier: true}])
