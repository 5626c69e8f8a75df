change("host"; .tables[0].chains[0].rules |= [.[0] | .exprs[1].data = "0a0b00"])
