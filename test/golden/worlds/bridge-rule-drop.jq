change("host"; .tables += [nft_rule(7; 2; [{kind: "meta", dreg: 4, key: 7}, {kind: "cmp", sreg: 4, data: name("veth1-br")}, drop])])
