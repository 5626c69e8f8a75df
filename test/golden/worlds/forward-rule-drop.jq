change("host"; .tables += [nft_rule(1; 2; [{kind: "meta", dreg: 4, key: 6}, {kind: "cmp", sreg: 4, data: name("br0")}, drop])])
