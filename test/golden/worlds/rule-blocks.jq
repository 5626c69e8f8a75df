change("host"; .rules += [{family: 2, priority: 100, action: 7, src: "10.10.0.0/24", suppress_prefix: -1}])
