published(8080; 80) | .containers[-1].ports[0].proto = 132 | change("host"; .tables[0].chains[1].rules[0].exprs[3].data = "84" |
	.tables += [nft_rule(1; 2; [{kind: "meta", dreg: 4, key: 16}, {kind: "cmp", sreg: 4, data: "84"}, drop])])
