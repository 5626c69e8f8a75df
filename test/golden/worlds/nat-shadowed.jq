change("host"; .tables[0].chains[1].rules += [.tables[0].chains[1].rules[0] | .handle = 9 | .exprs |= .[2:] | .exprs[3].data = "0050" | .exprs[4].data = "0a140002"])
